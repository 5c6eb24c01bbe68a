-- Awards that were earned here and are not in the queue yet.
create table outbox (
  id bigint generated always as identity primary key,
  award jsonb not null,
  created_at timestamptz not null default now()
);
