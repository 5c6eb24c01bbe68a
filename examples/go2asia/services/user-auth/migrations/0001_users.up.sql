create table users (
  id uuid primary key default gen_random_uuid(),
  email text not null,
  name text not null,
  role text not null default 'user' check (role in ('guest', 'user', 'vip', 'pro', 'partner', 'admin')),
  password_hash text not null,
  created_at timestamptz not null default now()
);

create unique index users_email on users (lower(email));
