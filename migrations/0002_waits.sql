-- Rules of a hall no longer name the wait after which another way is offered: nothing read it, and unknown keys are refused.
update halls set rules = replace(rules, ',"max_wait_ms":2700000', '');
