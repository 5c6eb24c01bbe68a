create table countries (
  code text primary key check (code ~ '^[A-Z]{2}$'),
  name text not null
);

create table cities (
  id uuid primary key default gen_random_uuid(),
  country_code text not null references countries (code),
  name text not null,
  latitude double precision not null check (latitude between -90 and 90),
  longitude double precision not null check (longitude between -180 and 180),
  unique (country_code, name)
);

create table places (
  id uuid primary key default gen_random_uuid(),
  city_id uuid not null references cities (id),
  name text not null,
  kind text not null,
  latitude double precision not null check (latitude between -90 and 90),
  longitude double precision not null check (longitude between -180 and 180),
  -- What is written about it lives in content.
  content_id uuid,
  author_id uuid not null,
  created_at timestamptz not null default now()
);

create index places_position on places (latitude, longitude);
create index places_of_city on places (city_id);
create index places_name on places (lower(name) text_pattern_ops);
