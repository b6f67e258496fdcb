-- The archive: one file for SQLite and PostgreSQL, in the subset both read.
-- Ids are text, times are milliseconds since 1970 UTC, JSON is text.
-- Every row names its hall. Names of people, their words and numbers stand only in side rows with an own salt
-- (contacts, chat_lines, the words of records): events hold a digest, so erasing a side row leaves the chain whole.
-- Side rows have no foreign keys: the hall's one writer stores them in the same transaction as their visit.

create table halls (
    id text not null,
    name text not null,
    telephone text not null,
    demo_notice text,
    rules text not null,
    -- Grows with each owner; every commit of a hall is fenced by it and by the number of its last event.
    epoch bigint not null,
    seq bigint not null,
    last_hash text not null,
    -- When the owner's lease ends by database time; null while a file lock tells the owner (SQLite).
    lease_until_ms bigint,
    constraint halls_id primary key (id)
);

create table queues (
    hall text not null,
    id text not null,
    ordinal bigint not null,
    constraint queues_id primary key (hall, id),
    constraint queues_hall foreign key (hall) references halls (id)
);

create table windows (
    hall text not null,
    id text not null,
    ordinal bigint not null,
    name text not null,
    -- Who sits there.
    staff text,
    -- The whole window.
    body text not null,
    constraint windows_id primary key (hall, id),
    constraint windows_hall foreign key (hall) references halls (id)
);

create unique index windows_staff on windows (hall, staff) where staff is not null;

create table staff (
    hall text not null,
    id text not null,
    sign_in_name text not null,
    display_name text not null,
    badge text not null,
    role text not null,
    password_hash text not null,
    must_change boolean not null,
    disabled boolean not null,
    failures bigint not null,
    locked_until_ms bigint,
    constraint staff_id primary key (hall, id),
    constraint staff_sign_in_name unique (sign_in_name),
    constraint staff_hall foreign key (hall) references halls (id)
);

create table sessions (
    token_hash text not null,
    hall text not null,
    staff text not null,
    created_at_ms bigint not null,
    seen_at_ms bigint not null,
    expires_at_ms bigint not null,
    constraint sessions_token primary key (token_hash),
    constraint sessions_person foreign key (hall, staff) references staff (hall, id)
);

create index sessions_by_staff on sessions (staff);

create table items (
    hall text not null,
    code text not null,
    ordinal bigint not null,
    name text not null,
    brief text not null,
    guide text not null,
    source text not null,
    -- False once a newer catalogue left the item out: old records still name it.
    listed boolean not null,
    constraint items_code primary key (hall, code),
    constraint items_hall foreign key (hall) references halls (id)
);

create table visits (
    hall text not null,
    id text not null,
    queue text not null,
    -- `A12`, its digits, and the day it was given: days since 1970 in the hall's time zone.
    number text not null,
    number_value bigint not null,
    day bigint not null,
    joined_at_ms bigint not null,
    state text not null,
    order_band bigint not null,
    order_effective_ms bigint not null,
    order_seq bigint not null,
    -- The window and the person it occupies now, from ring to drop grace.
    window_id text,
    staff text,
    closed_at_ms bigint,
    token_hash text,
    previous_token_hash text,
    -- The whole visit.
    body text not null,
    constraint visits_id primary key (hall, id),
    constraint visits_number unique (hall, day, number),
    constraint visits_order unique (hall, queue, order_seq),
    constraint visits_hall foreign key (hall) references halls (id)
);

create unique index visits_window on visits (hall, window_id) where window_id is not null;
create unique index visits_staff on visits (hall, staff) where staff is not null;
create unique index visits_token on visits (hall, token_hash) where token_hash is not null and closed_at_ms is null;
create index visits_by_end on visits (hall, closed_at_ms);

create table events (
    hall text not null,
    seq bigint not null,
    at_ms bigint not null,
    actor text not null,
    cause text not null,
    subject text not null,
    visit text,
    window_id text,
    -- Canonical JSON, as hashed.
    body text not null,
    prev_hash text not null,
    hash text not null,
    constraint events_seq primary key (hall, seq)
);

create table contacts (
    hall text not null,
    visit text not null,
    value text not null,
    salt text not null,
    digest text not null,
    constraint contacts_visit primary key (hall, visit)
);

create table chat_lines (
    hall text not null,
    visit text not null,
    number bigint not null,
    value text not null,
    salt text not null,
    digest text not null,
    constraint chat_lines_number primary key (hall, visit, number)
);

create table records (
    hall text not null,
    visit text not null,
    version bigint not null,
    id text not null,
    number text not null,
    number_value bigint not null,
    visit_number text not null,
    item text not null,
    item_name text not null,
    kind text not null,
    result text not null,
    staff text not null,
    staff_name text not null,
    window_id text not null,
    window_name text not null,
    joined_at_ms bigint not null,
    served_at_ms bigint,
    ended_at_ms bigint,
    saved_at_ms bigint not null,
    -- When version 1 was saved: lists are ordered by it.
    first_saved_at_ms bigint not null,
    -- Erased together, the digest stays.
    words text,
    salt text,
    digest text not null,
    constraint records_version primary key (hall, visit, version),
    constraint records_number unique (hall, number, version)
);

create index records_by_time on records (hall, first_saved_at_ms, visit);

create table ratings (
    hall text not null,
    visit text not null,
    level text not null,
    at_ms bigint not null,
    constraint ratings_visit primary key (hall, visit)
);

create table outcomes (
    hall text not null,
    visit text not null,
    outcome text not null,
    at_ms bigint not null,
    constraint outcomes_visit primary key (hall, visit)
);

create table pictures (
    hall text not null,
    bulk text not null,
    visit text not null,
    constraint pictures_bulk primary key (hall, bulk)
);

create table requests (
    hall text not null,
    scope text not null,
    key text not null,
    done text not null,
    at_ms bigint not null,
    constraint requests_key primary key (hall, scope, key)
);

create table audit (
    hall text not null,
    at_ms bigint not null,
    actor text not null,
    what text not null,
    visit text
);

create index audit_by_time on audit (hall, at_ms);

-- One row that `check` writes: the way to the disk and back.
create table pulse (
    id text not null,
    beats bigint not null,
    constraint pulse_id primary key (id)
);
