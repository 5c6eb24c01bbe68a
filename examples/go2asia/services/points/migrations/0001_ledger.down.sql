drop table ledger;
drop table accounts;
