-- Tokens of a visit that were given and not brought, because replies crossed on a bad line. Most visits have no row here.
create table beside_tokens (
    hall text not null,
    visit text not null,
    -- JSON: hash and moment of each.
    tokens text not null,
    constraint beside_tokens_visit primary key (hall, visit),
    constraint beside_tokens_of foreign key (hall, visit) references visits (hall, id)
);
