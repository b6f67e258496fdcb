-- What became of messages to people away from the page. Holds no telephone number and no name.
create table deliveries (
    hall text not null,
    id text not null,
    visit text not null,
    -- near_turn, missed, callback_failed
    kind text not null,
    at_ms bigint not null,
    attempts bigint not null,
    -- waiting, delivered, given_up
    state text not null,
    -- ok, status 500, timeout
    answer text not null,
    tried_at_ms bigint not null,
    constraint deliveries_id primary key (hall, id)
);

create index deliveries_by_time on deliveries (hall, at_ms);
