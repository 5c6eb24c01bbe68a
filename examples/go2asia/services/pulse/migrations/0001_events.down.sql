drop table registrations;
drop table events;
