-- Addresses from which a person signed in, each with the last time: one of them is not locked out by wrong passwords from elsewhere.
create table staff_places (
    hall text not null,
    staff text not null,
    -- IPv4, or the first address of an IPv6 /64.
    address text not null,
    seen_at_ms bigint not null,
    constraint staff_places_address primary key (hall, staff, address),
    constraint staff_places_person foreign key (hall, staff) references staff (hall, id)
);
