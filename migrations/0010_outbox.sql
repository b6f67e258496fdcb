-- A message to a person away from the page is a line of the delivery log from the commit on that decided it: after a restart the hall puts those
-- still waiting on their way again. What is needed to say the same once more, without a telephone number and without a name.
-- People ahead; of near_turn only.
alter table deliveries add column ahead bigint;

-- The slot of an appointment; of booked, put_off and called_off only.
alter table deliveries add column slot_at_ms bigint;

create index deliveries_waiting on deliveries (hall, at_ms) where state = 'waiting';
