-- Days of a hall that are not like their weekday: holidays, weekends worked for them, short days.
create table calendar_days (
    hall text not null,
    -- `2027-02-06`.
    day text not null,
    kind text not null,
    name text not null,
    -- Own hours of the day as JSON; `[]` for those of its kind.
    runs text not null,
    constraint calendar_days_day primary key (hall, day),
    constraint calendar_days_hall foreign key (hall) references halls (id)
);
