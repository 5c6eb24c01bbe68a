drop table places;
drop table cities;
drop table countries;
