-- The key by which the hall's telephone numbers are marked; made when the first appointment is booked.
alter table halls add column phone_key text;

-- By which telephone a visit was booked, as a keyed hash: while it is to come, and of whoever did not come for as long as the rules count it. It is in no event.
create table phone_marks (
    hall text not null,
    visit text not null,
    mark text not null,
    -- When the person did not come; null while the appointment is to come.
    missed_at_ms bigint,
    constraint phone_marks_visit primary key (hall, visit),
    constraint phone_marks_hall foreign key (hall) references halls (id)
);
