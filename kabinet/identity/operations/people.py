from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import make_password
from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from kabinet.identity import limits, messages, passwords, queries
from kabinet.identity.enums import IdentifierKind
from kabinet.identity.identifiers import Identifier, normalise_email, normalise_phone
from kabinet.identity.models import User
from kabinet.identity.names import PersonName, normalise_name
from kabinet.identity.operations import codes
from kabinet.identity.operations.consents import Acceptance, record_acceptance
from kabinet.identity.operations.listing import end_all
from kabinet.identity.operations.qr import void_confirmed_qr
from kabinet.kernel import audit
from kabinet.kernel.actors import Actor
from kabinet.kernel.errors import Refused
from kabinet.kernel.limits import Claim, forget, take


class IdentifierTaken(Refused):
    message = _("Такая почта или телефон уже зарегистрированы. Войдите или восстановите пароль.")


class WrongPassword(Refused):
    message = _("Текущий пароль не подошёл. Проверьте раскладку клавиатуры и заглавные буквы.")


class PasswordExists(Refused):
    message = _("Пароль уже задан. Чтобы сменить его, введите текущий.")


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Somebody whose contacts are proven; they are normalised here. At least one contact is needed."""

    email: str | None = None
    phone: str | None = None
    surname: str = ""
    name: str = ""
    patronymic: str = ""


@transaction.atomic
def create_person(
    *,
    actor: Actor,
    person: NewPerson,
    password: str,
    at: datetime,
    acceptance: Acceptance | None = None,
) -> int:
    """Create a person with proven contacts who can sign in at once; give the row's id.

    :raises NotAnIdentifier: the e-mail address or the phone number is none.
    :raises PasswordRefused: the password breaks a rule.
    :raises IdentifierTaken: somebody has one of the contacts already.
    """
    email = normalise_email(person.email) if person.email else None
    phone = normalise_phone(person.phone) if person.phone else None
    user = User(
        email=email,
        phone=phone,
        phone_verified=phone is not None,
        surname=person.surname,
        name=person.name,
        patronymic=person.patronymic,
    )
    passwords.require_acceptable(password, user)
    user.password = make_password(password)
    save_person(actor=actor, user=user, acceptance=acceptance, at=at)
    return user.pk


def is_taken(identifier: Identifier) -> bool:
    """Say whether nobody else may come with this contact.

    One that its holder has only named, beside a proven one, is free to whoever proves it: naming takes nobody's
    contact away (IDN-10).
    """
    return _holders(identifier).exclude(pk__in=_only_named(identifier)).exists()


def _holders(identifier: Identifier) -> QuerySet[User]:
    return User.objects.filter(**{identifier.kind.value: identifier.value})


def _only_named(identifier: Identifier) -> QuerySet[User]:
    proves_email = EmailAddress.objects.filter(
        user=OuterRef("pk"), email=OuterRef("email"), verified=True
    )
    if identifier.kind is IdentifierKind.EMAIL:
        return _holders(identifier).filter(~Exists(proves_email), phone_verified=True)
    return _holders(identifier).filter(Exists(proves_email), phone_verified=False)


def release_named(identifier: Identifier) -> None:
    """Take a contact from whoever has only named it, in the transaction of the person who proves it."""
    holders = list(_only_named(identifier).values_list("pk", flat=True))
    User.objects.filter(pk__in=holders).update(**{identifier.kind.value: None})
    if identifier.kind is IdentifierKind.EMAIL:
        EmailAddress.objects.filter(user__in=holders, email=identifier.value).delete()


def save_person(
    *,
    actor: Actor,
    user: User,
    acceptance: Acceptance | None,
    at: datetime,
    proves_email: bool = True,
) -> None:
    """Save a new person in the caller's transaction; ``proves_email`` says whether the address is proven.

    :raises IdentifierTaken: another sign-up was faster; the unique constraint says so.
    """
    try:
        with transaction.atomic():
            user.save(force_insert=True)
            if user.email:
                EmailAddress.objects.create(
                    user=user, email=user.email, verified=proves_email, primary=True
                )
    except IntegrityError:
        raise IdentifierTaken from None
    if acceptance is not None:
        record_acceptance(user_id=user.pk, acceptance=acceptance, address=actor.address, at=at)
    audit.record(actor, "identity.person.create", user, at=at)


def require_own_password(*, actor: Actor, password: str, at: datetime) -> None:
    """Check that whoever sits at a signed-in browser knows the password.

    :raises TooManyAttempts: it was tried too often.
    :raises WrongPassword: it is another one, or the person has none.
    """
    user = User.objects.get(pk=queries.person_id(actor))
    claim = Claim(limits.PASSWORD, str(user.pk))
    take(claim, at=at)
    if len(password) > passwords.LONGEST_TRIED or not user.check_password(password):
        raise WrongPassword
    forget(claim)


def change_password(*, actor: Actor, current: str, new: str, at: datetime) -> None:
    """Change the person's own password; every other session ends, and the owner is told.

    :raises TooManyAttempts: the current password was tried too often.
    :raises WrongPassword: the current password is another one.
    :raises PasswordRefused: the new one breaks a rule.
    """
    user_id = queries.person_id(actor)
    # Before the count: whoever knows the password and is slow to find a new one must not be locked out.
    passwords.require_acceptable(new, User.objects.get(pk=user_id))
    claim = Claim(limits.PASSWORD, str(user_id))
    take(claim, at=at)
    with transaction.atomic():
        user = User.objects.select_for_update(of=("self",)).get(pk=user_id)
        if len(current) > passwords.LONGEST_TRIED or not user.check_password(current):
            raise WrongPassword
        forget(claim)
        set_password(actor=actor, user=user, password=new, at=at)


def set_first_password(*, actor: Actor, new: str, at: datetime) -> None:
    """Give a password to somebody who came by another service and has none (IDN-43).

    The caller has made sure that it is still the person who sits there.

    :raises PasswordExists: there is one, and changing it asks for it.
    :raises PasswordRefused: the new one breaks a rule.
    """
    with transaction.atomic():
        user = User.objects.select_for_update(of=("self",)).get(pk=queries.person_id(actor))
        if user.has_usable_password():
            raise PasswordExists
        set_password(actor=actor, user=user, password=new, at=at)


@transaction.atomic
def change_name(*, actor: Actor, called: PersonName, at: datetime) -> None:
    """Store how the person is called; any part may be empty (IDN-41).

    :raises NotAName: a part is too long or holds other signs; nothing is stored then.
    """
    user = User.objects.select_for_update(of=("self",)).get(pk=queries.person_id(actor))
    user.surname = normalise_name(called.surname)
    user.name = normalise_name(called.name)
    user.patronymic = normalise_name(called.patronymic)
    user.save(update_fields=["surname", "name", "patronymic"])
    audit.record(actor, "identity.name.change", user, at=at)


def show_hints(*, actor: Actor, shown: bool) -> None:
    """Switch the hints of the whole cabinet on or off for this person (IDN-46)."""
    User.objects.filter(pk=queries.person_id(actor)).update(shows_hints=shown)


def set_password(*, actor: Actor, user: User, password: str, at: datetime) -> None:
    """Store a new password in the caller's transaction and tell every proven contact.

    All sessions end here; ``sessions.keep_signed_in`` keeps the one in which it was done.

    :raises PasswordRefused: it breaks a rule.
    """
    passwords.require_acceptable(password, user)
    keep_password(actor=actor, user=user, hashed=make_password(password), at=at)


def keep_password(*, actor: Actor, user: User, hashed: str, at: datetime) -> None:
    """Store a password that was judged before, by its hash, in the caller's transaction; tell every contact."""
    user.password = hashed
    user.must_change_password = False
    user.save(update_fields=["password", "must_change_password"])
    end_all(user_id=user.pk, at=at)
    void_confirmed_qr(user_id=user.pk)
    codes.close_own(owner=user, at=at)
    audit.record(actor, "identity.password.set", user, at=at)
    messages.tell_password_changed(user=user, at=at)
