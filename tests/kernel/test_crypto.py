"""Sensitive fields cannot be read, moved or confused; they can be found."""

import os
from uuid import uuid4

import pytest
from cryptography.exceptions import InvalidTag
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from identity.login import cipher
from kernel.crypto import FieldCipher, mask_phone
from kernel.database import db
from tests.factories import make_person

OLD, NEW = os.urandom(32), os.urandom(32)
ROW = uuid4()
PHONE = "13812345678"


@given(st.text(max_size=200))
def test_what_was_sealed_is_read_again(secret):
    cipher = FieldCipher({"k1": OLD})
    assert (
        cipher.decrypt(cipher.encrypt(secret, field="note", row_id=ROW), field="note", row_id=ROW) == secret
    )


@pytest.mark.parametrize(("field", "row_id"), [("phone", uuid4()), ("id_number", ROW)])
def test_a_value_moved_elsewhere_is_refused(field, row_id):
    cipher = FieldCipher({"k1": OLD})
    sealed = cipher.encrypt(PHONE, field="phone", row_id=ROW)
    with pytest.raises(InvalidTag):
        cipher.decrypt(sealed, field=field, row_id=row_id)


@given(st.integers(min_value=3, max_value=200), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_is_refused(place, change):
    """The first three bytes name the key."""
    cipher = FieldCipher({"k1": OLD})
    sealed = bytearray(cipher.encrypt(PHONE * 20, field="phone", row_id=ROW))
    sealed[place] ^= change
    with pytest.raises(InvalidTag):
        cipher.decrypt(bytes(sealed), field="phone", row_id=ROW)


def test_a_new_key_writes_and_the_old_one_still_reads():
    before, after = FieldCipher({"k1": OLD}), FieldCipher({"k2": NEW, "k1": OLD})
    old = before.encrypt(PHONE, field="phone", row_id=ROW)
    new = after.encrypt(PHONE, field="phone", row_id=ROW)
    assert after.decrypt(old, field="phone", row_id=ROW) == PHONE
    assert FieldCipher({"k2": NEW}).decrypt(new, field="phone", row_id=ROW) == PHONE
    with pytest.raises(KeyError):
        before.decrypt(new, field="phone", row_id=ROW)


def test_a_value_is_found_after_a_new_key_came():
    before, after = FieldCipher({"k1": OLD}), FieldCipher({"k2": NEW, "k1": OLD})
    assert before.lookup(PHONE, field="phone") == after.lookup(PHONE, field="phone")
    assert before.lookup(PHONE, field="phone") != before.lookup(PHONE, field="invitation")


def test_equal_values_look_different_when_sealed():
    cipher = FieldCipher({"k1": OLD})
    assert cipher.encrypt(PHONE, field="phone", row_id=ROW) != cipher.encrypt(
        PHONE, field="phone", row_id=ROW
    )


def test_a_dump_of_the_people_holds_no_phone_number(app):
    person = make_person("曾福生", PHONE)
    dump = db.session.execute(text("SELECT string_agg(p::text, '') FROM people p")).scalar_one()
    assert str(person.id) in dump
    for readable in (PHONE, PHONE.encode().hex(), PHONE[3:], PHONE[3:].encode().hex()):
        assert readable not in dump
    assert cipher().decrypt(person.phone_sealed, field="phone", row_id=person.id) == PHONE


def test_a_masked_phone_keeps_seven_digits():
    assert mask_phone(PHONE) == "138****5678"
