"""Roles × permissions in one table (rules.md §6), and how far each role reaches."""

from enum import StrEnum

from org.models import Level


class Role(StrEnum):
    MEMBER = "member"
    FIRST_SECRETARY = "first_secretary"
    HELPER = "helper"
    VILLAGE_SECRETARY = "village_secretary"
    TOWNSHIP_CLERK = "township_clerk"
    TOWNSHIP_HEAD = "township_head"
    COUNTY_OFFICE = "county_office"
    COUNTY_GROUP = "county_group"
    CITY_ORG = "city_org"
    CITY_RURAL = "city_rural"
    UNIT_CLERK = "unit_clerk"
    UNIT_HEAD = "unit_head"
    ADMIN = "admin"
    INSPECTOR = "inspector"


class Reach(StrEnum):
    """How far a role sees: what is its own, its team's, its area's or its unit's; AREA is one of any level."""

    SELF = "self"
    TEAM = "team"
    VILLAGE = "village"
    TOWNSHIP = "township"
    COUNTY = "county"
    CITY = "city"
    UNIT = "unit"
    AREA = "area"


class Permission(StrEnum):
    SEE_OWN = "see_own"
    CHECK_IN = "check_in"
    SEE_CHECKINS = "see_checkins"
    SEE_POINTS = "see_points"
    SEE_ATTENDANCE = "see_attendance"
    CORRECT_ATTENDANCE = "correct_attendance"
    SUBMIT_SHEET = "submit_sheet"
    WITNESS_SHEET = "witness_sheet"
    CHECK_SHEET = "check_sheet"
    STAMP_SHEET = "stamp_sheet"
    REQUEST_LEAVE = "request_leave"
    SEE_LEAVES = "see_leaves"
    CONFIRM_RETURN = "confirm_return"
    DECIDE_LEAVE = "decide_leave"
    DELEGATE = "delegate"
    NAME_STAND_IN = "name_stand_in"
    SEE_HOUSEHOLDS = "see_households"
    KEEP_HOUSEHOLDS = "keep_households"
    SEE_HELPERS = "see_helpers"
    PAIR = "pair"
    VISIT = "visit"
    SEE_VISITS = "see_visits"
    SETTLE_PROBLEMS = "settle_problems"
    SEE_PHOTOS = "see_photos"
    DELETE_PHOTOS = "delete_photos"
    JUDGE_PHOTOS = "judge_photos"
    RELEASE_CONTENT = "release_content"
    SEE_REPORTS = "see_reports"
    SEE_VISIT_REPORTS = "see_visit_reports"
    ORDER_REPORTS = "order_reports"
    FETCH_FILES = "fetch_files"
    SEE_DUTIES = "see_duties"
    RECORD_DUTIES = "record_duties"
    SEE_ASSESSMENTS = "see_assessments"
    SEE_BURDEN = "see_burden"
    SEE_ALLOWANCES = "see_allowances"
    PREPARE_ALLOWANCES = "prepare_allowances"
    PAY_ALLOWANCES = "pay_allowances"
    RECORD_TRIPS = "record_trips"
    SEE_TRIPS = "see_trips"
    SET_TRAVEL_TERMS = "set_travel_terms"
    GIVE_MANDATES = "give_mandates"
    INSPECT = "inspect"
    SEE_INSPECTIONS = "see_inspections"
    SEE_FINDINGS = "see_findings"
    ANSWER_OVERSIGHT = "answer_oversight"
    JUDGE_FINDINGS = "judge_findings"
    DECIDE_PROPOSALS = "decide_proposals"
    SEE_PROPOSALS = "see_proposals"
    SEE_INBOX = "see_inbox"
    WARN = "warn"
    SEE_RECALLS = "see_recalls"
    PROPOSE_RECALL = "propose_recall"
    DECIDE_RECALL = "decide_recall"
    URGE_RECALL = "urge_recall"
    CARRY_OUT_RECALL = "carry_out_recall"
    SEE_FENCE = "see_fence"
    SET_FENCE = "set_fence"
    SEE_SETTINGS = "see_settings"
    SET_SETTINGS = "set_settings"
    SEE_AREAS = "see_areas"
    SEE_ROSTER = "see_roster"
    IMPORT_ROSTER = "import_roster"
    POST_PEOPLE = "post_people"
    SEE_TERMS = "see_terms"
    SEE_TEAMS = "see_teams"
    APPOINT_LEADER = "appoint_leader"
    SET_VILLAGE_KINDS = "set_village_kinds"
    APPLY_ROTATION = "apply_rotation"
    SEE_ROTATIONS = "see_rotations"
    DECIDE_ROTATION = "decide_rotation"
    END_POSTING = "end_posting"
    SEE_HANDOVER = "see_handover"
    INVITE = "invite"
    UNBIND = "unbind"
    SEE_FEEDBACK = "see_feedback"


REACH: dict[Role, Reach] = {
    Role.MEMBER: Reach.SELF,
    Role.FIRST_SECRETARY: Reach.TEAM,
    Role.HELPER: Reach.SELF,
    Role.VILLAGE_SECRETARY: Reach.VILLAGE,
    Role.TOWNSHIP_CLERK: Reach.TOWNSHIP,
    Role.TOWNSHIP_HEAD: Reach.TOWNSHIP,
    Role.COUNTY_OFFICE: Reach.COUNTY,
    Role.COUNTY_GROUP: Reach.COUNTY,
    Role.CITY_ORG: Reach.CITY,
    Role.CITY_RURAL: Reach.CITY,
    Role.UNIT_CLERK: Reach.UNIT,
    Role.UNIT_HEAD: Reach.UNIT,
    Role.INSPECTOR: Reach.AREA,
    Role.ADMIN: Reach.COUNTY,
}

_POSTED = {Role.MEMBER, Role.FIRST_SECRETARY}
_TOWNSHIP = {Role.TOWNSHIP_CLERK, Role.TOWNSHIP_HEAD}
_COUNTY = {Role.COUNTY_OFFICE, Role.COUNTY_GROUP}
_CITY = {Role.CITY_ORG, Role.CITY_RURAL}
_UNIT = {Role.UNIT_CLERK, Role.UNIT_HEAD}
_OFFICES = _TOWNSHIP | _COUNTY | _CITY
_HEADS = {Role.TOWNSHIP_HEAD} | _COUNTY | _CITY
_VISITING = _POSTED | {Role.HELPER, Role.VILLAGE_SECRETARY} | _TOWNSHIP

MAY: dict[Permission, set[Role]] = {
    Permission.SEE_OWN: set(Role),
    Permission.CHECK_IN: _POSTED,
    Permission.SEE_CHECKINS: _POSTED | _TOWNSHIP | _COUNTY,
    Permission.SEE_POINTS: {Role.TOWNSHIP_CLERK},
    Permission.SEE_ATTENDANCE: _POSTED | {Role.VILLAGE_SECRETARY} | _OFFICES | _UNIT,
    Permission.CORRECT_ATTENDANCE: _TOWNSHIP,
    Permission.SUBMIT_SHEET: {Role.FIRST_SECRETARY, Role.TOWNSHIP_CLERK},
    Permission.WITNESS_SHEET: {Role.VILLAGE_SECRETARY},
    Permission.CHECK_SHEET: {Role.TOWNSHIP_CLERK},
    Permission.STAMP_SHEET: {Role.TOWNSHIP_HEAD},
    Permission.REQUEST_LEAVE: _POSTED,
    Permission.SEE_LEAVES: _POSTED | {Role.VILLAGE_SECRETARY} | _OFFICES | _UNIT,
    Permission.CONFIRM_RETURN: _POSTED | _TOWNSHIP,
    Permission.DECIDE_LEAVE: _TOWNSHIP | _COUNTY,
    Permission.DELEGATE: {Role.TOWNSHIP_HEAD} | _COUNTY,
    Permission.NAME_STAND_IN: _UNIT | {Role.COUNTY_GROUP},
    Permission.SEE_HOUSEHOLDS: _VISITING | _COUNTY,
    Permission.KEEP_HOUSEHOLDS: {Role.TOWNSHIP_CLERK, Role.COUNTY_OFFICE},
    Permission.SEE_HELPERS: _TOWNSHIP | _COUNTY,
    Permission.PAIR: _TOWNSHIP,
    Permission.VISIT: _VISITING,
    Permission.SEE_VISITS: _VISITING | _COUNTY,
    Permission.SETTLE_PROBLEMS: _VISITING,
    Permission.SEE_PHOTOS: _VISITING | _COUNTY | _CITY | _UNIT | {Role.INSPECTOR},
    Permission.DELETE_PHOTOS: _VISITING | _COUNTY | _UNIT,
    Permission.JUDGE_PHOTOS: _TOWNSHIP,
    Permission.RELEASE_CONTENT: _TOWNSHIP,
    Permission.SEE_REPORTS: _OFFICES | _UNIT,
    Permission.SEE_VISIT_REPORTS: _OFFICES,
    Permission.ORDER_REPORTS: _TOWNSHIP | _COUNTY | _UNIT,
    Permission.FETCH_FILES: _OFFICES | _UNIT | {Role.INSPECTOR},
    Permission.SEE_DUTIES: _POSTED | _OFFICES | _UNIT,
    Permission.RECORD_DUTIES: _COUNTY | _UNIT,
    Permission.SEE_ASSESSMENTS: _POSTED | _OFFICES | _UNIT,
    Permission.SEE_BURDEN: _VISITING | _COUNTY | _CITY,
    Permission.SEE_ALLOWANCES: _OFFICES | _UNIT,
    Permission.PREPARE_ALLOWANCES: {Role.UNIT_CLERK},
    Permission.PAY_ALLOWANCES: {Role.UNIT_HEAD},
    Permission.RECORD_TRIPS: _POSTED,
    Permission.SEE_TRIPS: _POSTED | _OFFICES | _UNIT,
    Permission.SET_TRAVEL_TERMS: {Role.COUNTY_OFFICE},
    Permission.GIVE_MANDATES: _HEADS,
    Permission.INSPECT: {Role.INSPECTOR},
    Permission.SEE_INSPECTIONS: _OFFICES | {Role.INSPECTOR},
    Permission.SEE_FINDINGS: _POSTED | _OFFICES | _UNIT | {Role.INSPECTOR},
    Permission.ANSWER_OVERSIGHT: _POSTED,
    Permission.JUDGE_FINDINGS: _HEADS,
    Permission.DECIDE_PROPOSALS: _CITY,
    Permission.SEE_PROPOSALS: _OFFICES,
    Permission.SEE_INBOX: _OFFICES,
    Permission.WARN: {Role.TOWNSHIP_HEAD, Role.COUNTY_OFFICE},
    Permission.SEE_RECALLS: _POSTED | _OFFICES | _UNIT,
    Permission.PROPOSE_RECALL: {Role.TOWNSHIP_HEAD},
    Permission.DECIDE_RECALL: {Role.COUNTY_GROUP},
    Permission.URGE_RECALL: {Role.COUNTY_OFFICE} | _CITY,
    Permission.CARRY_OUT_RECALL: _UNIT,
    Permission.SEE_FENCE: _POSTED | _TOWNSHIP | _COUNTY,
    Permission.SET_FENCE: {Role.COUNTY_OFFICE},
    Permission.SEE_SETTINGS: _TOWNSHIP | _COUNTY | {Role.ADMIN},
    Permission.SET_SETTINGS: {Role.COUNTY_OFFICE, Role.ADMIN},
    Permission.SEE_AREAS: {Role.VILLAGE_SECRETARY, Role.INSPECTOR, Role.ADMIN} | _POSTED | _OFFICES | _UNIT,
    Permission.SEE_ROSTER: _TOWNSHIP | _COUNTY | _UNIT,
    Permission.IMPORT_ROSTER: {Role.COUNTY_OFFICE},
    Permission.POST_PEOPLE: {Role.COUNTY_OFFICE},
    Permission.SEE_TERMS: _OFFICES | _UNIT,
    Permission.SEE_TEAMS: _OFFICES,
    Permission.APPOINT_LEADER: _TOWNSHIP | {Role.COUNTY_OFFICE},
    Permission.SET_VILLAGE_KINDS: {Role.COUNTY_OFFICE},
    Permission.APPLY_ROTATION: _UNIT,
    Permission.SEE_ROTATIONS: _POSTED | _OFFICES | _UNIT,
    Permission.DECIDE_ROTATION: {Role.TOWNSHIP_HEAD, Role.COUNTY_GROUP} | _CITY,
    Permission.END_POSTING: {Role.COUNTY_OFFICE},
    Permission.SEE_HANDOVER: _POSTED | _TOWNSHIP | _COUNTY,
    Permission.INVITE: {Role.COUNTY_OFFICE},
    Permission.UNBIND: {Role.COUNTY_OFFICE},
    Permission.SEE_FEEDBACK: {Role.COUNTY_OFFICE} | _CITY,
}

AREA_LEVEL: dict[Reach, Level] = {
    Reach.VILLAGE: Level.VILLAGE,
    Reach.TOWNSHIP: Level.TOWNSHIP,
    Reach.COUNTY: Level.COUNTY,
    Reach.CITY: Level.CITY,
}
"""The level of area an office of this reach is held for."""


def permissions_of(roles: set[Role]) -> list[Permission]:
    """Return what somebody with these roles may do, in the order of the table."""
    return [permission for permission, allowed in MAY.items() if roles & allowed]
