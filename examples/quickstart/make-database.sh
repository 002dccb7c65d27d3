#!/bin/sh
# Makes a small shop's database: customers, products, and ten thousand orders.
set -eu
database=${1:?the path of the database to make}
rm -f "$database"
sqlite3 "$database" <<'SQL'
begin;
create table customers (id integer primary key, name text not null, email text not null unique);
create table products (id integer primary key, name text not null, price_cents integer not null);
create table orders (
	id integer primary key,
	customer_id integer not null references customers,
	product_id integer not null references products,
	quantity integer not null,
	ordered_at text not null
);
with recursive n(i) as (select 1 union all select i + 1 from n where i < 500)
	insert into customers select i, 'Customer ' || i, 'customer' || i || '@example.net' from n;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 100)
	insert into products select i, 'Product ' || i, 100 + (i * 7919) % 9900 from n;
with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000)
	insert into orders select i, 1 + (i * 7919) % 500, 1 + (i * 104729) % 100, 1 + i % 5,
		datetime('2026-01-01', '+' || (i * 37) || ' minutes') from n;
create index orders_by_customer on orders (customer_id);
commit;
SQL
