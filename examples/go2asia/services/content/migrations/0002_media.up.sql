create table media (
  key text primary key,
  content_type text not null,
  size bigint not null,
  owner_id uuid not null,
  created_at timestamptz not null default now()
);
