-- The order in which the audit of a hall was written, whatever the clock said: each row's number is one more than the last, and at least its
-- moment. A row of a program of before has none, and stands where its moment is.
alter table halls add column last_audit bigint not null default 0;

alter table audit add column seq bigint;

create index audit_by_order on audit (hall, coalesce(seq, at_ms));
