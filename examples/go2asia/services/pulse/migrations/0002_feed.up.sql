-- What happened to events, numbered without gaps in the order of commits: one row hands out the numbers.
create table feed_position (
  one boolean primary key default true check (one),
  position bigint not null
);

insert into feed_position (position) values (0);

create table feed (
  position bigint primary key,
  kind text not null check (kind in ('created', 'registered', 'withdrawn')),
  event_id uuid not null,
  taken integer not null,
  created_at timestamptz not null default now()
);
