-- The emergency close of a hall (紧急停办): one row while it lasts. Its codes are in events, too; its text is here alone.
create table suspensions (
    hall text not null,
    -- Codes and times as JSON.
    body text not null,
    -- What citizens read.
    value text not null,
    salt text not null,
    digest text not null,
    constraint suspensions_hall_once primary key (hall),
    constraint suspensions_hall foreign key (hall) references halls (id)
);
