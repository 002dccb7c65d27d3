--
-- PostgreSQL database cluster dump
--

\restrict d3QXzJYxkhNuY3L8eH29rMV9zvAzechxtZK3nSUpcZfehbQhV7GPwsXbVhsKHYY

SET default_transaction_read_only = off;

SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;

--
-- Roles
--

CREATE ROLE app;
ALTER ROLE app WITH NOSUPERUSER INHERIT NOCREATEROLE NOCREATEDB NOLOGIN NOREPLICATION NOBYPASSRLS;
CREATE ROLE postgres;
ALTER ROLE postgres WITH SUPERUSER INHERIT CREATEROLE CREATEDB LOGIN REPLICATION BYPASSRLS;

--
-- User Configurations
--








\unrestrict d3QXzJYxkhNuY3L8eH29rMV9zvAzechxtZK3nSUpcZfehbQhV7GPwsXbVhsKHYY

--
-- PostgreSQL database cluster dump complete
--

