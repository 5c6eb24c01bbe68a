create table events (
  id uuid primary key default gen_random_uuid(),
  title text not null,
  starts_at timestamptz not null,
  seats integer not null check (seats > 0),
  taken integer not null default 0 check (taken >= 0 and taken <= seats),
  -- Who has fewer points cannot register.
  points_needed integer not null default 0 check (points_needed >= 0),
  points_awarded integer not null default 10 check (points_awarded >= 0),
  -- What is written about it lives in content.
  content_id uuid,
  host_id uuid not null,
  created_at timestamptz not null default now()
);

create index events_by_start on events (starts_at);

create table registrations (
  event_id uuid not null references events (id) on delete cascade,
  user_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (event_id, user_id)
);
