--
-- PostgreSQL database cluster dump
--

\restrict C43y5MfJaC3VvMbY47VhZftllj2AfozTTpC8IE5sxJT5AKSzSp8pbyz9QnhRTiL

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








\unrestrict C43y5MfJaC3VvMbY47VhZftllj2AfozTTpC8IE5sxJT5AKSzSp8pbyz9QnhRTiL

--
-- PostgreSQL database cluster dump complete
--

