create table accounts (
  user_id uuid primary key,
  balance bigint not null default 0 check (balance >= 0)
);

-- Append only: what a balance came from. An external id counts once.
create table ledger (
  id bigint generated always as identity primary key,
  external_id text not null unique,
  user_id uuid not null references accounts (user_id),
  amount bigint not null check (amount <> 0),
  balance_after bigint not null,
  reason text not null,
  created_at timestamptz not null default now()
);

create index ledger_of_user on ledger (user_id, id desc);
