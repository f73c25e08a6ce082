-- SPDX-License-Identifier: GPL-2.0
-- Tables and queries of every kind; ROWS stands for how many people there are.
pragma page_size = 4096;
pragma cache_size = -8192;
create table city (id integer primary key, name text unique, size int);
create table person (
	id integer primary key,
	name text not null,
	born int check (born > 1900),
	city int references city (id));
create index person_born on person (born, city);
create table log (what text, at int);
create trigger moved after update of city on person begin
	insert into log values (old.name || ' to ' || new.city, old.id);
end;
create view crowd as select c.name, count(*) as n, min(p.born) as oldest
	from person p join city c on p.city = c.id group by c.id;
with recursive n (i) as (select 1 union all select i + 1 from n where i < 100)
	insert into city select i, 'city ' || i, i * i from n;
begin;
with recursive n (i) as (select 1 union all select i + 1 from n where i < ROWS)
	insert into person
	select i, printf('%08d %s', i * 7919 % ROWS, hex(i * i)),
		1901 + i * 31 % 120, 1 + i * 13 % 100 from n;
commit;
select count(*), sum(born), max(name) from person;
select * from crowd order by n desc, name limit 10;
select born, group_concat(name) from (select * from person order by name desc
	limit 200) group by born order by born;
select count(*) from person a join person b on a.born = b.born
	and a.city = b.city and a.id < b.id where a.id < 500;
update person set city = 1 + city % 100 where id % 50 = 0;
select count(*), max(what) from log;
delete from person where id % 3 = 0;
vacuum;
pragma integrity_check;
pragma foreign_key_check;
