delete from cities where not exists (select from places where places.city_id = cities.id);
delete from countries where not exists (select from cities where cities.country_code = countries.code);
