--
-- PostgreSQL database cluster dump
--

\restrict oOn6yHadPeXmv8tognxD6YfH8Hdp4ywfqm4ItibgO408UYH8m0UebbR8X8eXmQj

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








\unrestrict oOn6yHadPeXmv8tognxD6YfH8Hdp4ywfqm4ItibgO408UYH8m0UebbR8X8eXmQj

--
-- Databases
--

--
-- Database "template1" dump
--

\connect template1

--
-- PostgreSQL database dump
--

\restrict F3sAdS1jrYUEd6cLPqJcS1mbaAEEIgchhGA7CdCdDDyhaMxkAGSLgsg2MU5HYoq

-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 15.20 (Debian 15.20-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- PostgreSQL database dump complete
--

\unrestrict F3sAdS1jrYUEd6cLPqJcS1mbaAEEIgchhGA7CdCdDDyhaMxkAGSLgsg2MU5HYoq

--
-- Database "Größe" dump
--

--
-- PostgreSQL database dump
--

\restrict OvYuznMcoMJpebSsMY0mSLTUd2X7CJiTVDLnz4oqCW7Q6LjG1OZa3Pja4YCowes

-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 15.20 (Debian 15.20-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: Größe; Type: DATABASE; Schema: -; Owner: postgres
--

CREATE DATABASE "Größe" WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8';


ALTER DATABASE "Größe" OWNER TO postgres;

\unrestrict OvYuznMcoMJpebSsMY0mSLTUd2X7CJiTVDLnz4oqCW7Q6LjG1OZa3Pja4YCowes
\encoding SQL_ASCII
\connect -reuse-previous=on "dbname='Größe'"
\restrict OvYuznMcoMJpebSsMY0mSLTUd2X7CJiTVDLnz4oqCW7Q6LjG1OZa3Pja4YCowes

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- PostgreSQL database dump complete
--

\unrestrict OvYuznMcoMJpebSsMY0mSLTUd2X7CJiTVDLnz4oqCW7Q6LjG1OZa3Pja4YCowes

--
-- Database "it's "a"=b\c" dump
--

--
-- PostgreSQL database dump
--

\restrict pLzABgz2ITFFlT5tMdF3VAi86ilAP9dHFaCgPnrvGduj6apH7BgohjL7h0FLfS9

-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 15.20 (Debian 15.20-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: it's "a"=b\c; Type: DATABASE; Schema: -; Owner: postgres
--

CREATE DATABASE "it's ""a""=b\c" WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8';


ALTER DATABASE "it's ""a""=b\c" OWNER TO postgres;

\unrestrict pLzABgz2ITFFlT5tMdF3VAi86ilAP9dHFaCgPnrvGduj6apH7BgohjL7h0FLfS9
\encoding SQL_ASCII
\connect -reuse-previous=on "dbname='it\'s ""a""=b\\c'"
\restrict pLzABgz2ITFFlT5tMdF3VAi86ilAP9dHFaCgPnrvGduj6apH7BgohjL7h0FLfS9

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- PostgreSQL database dump complete
--

\unrestrict pLzABgz2ITFFlT5tMdF3VAi86ilAP9dHFaCgPnrvGduj6apH7BgohjL7h0FLfS9

--
-- Database "my-app" dump
--

--
-- PostgreSQL database dump
--

\restrict BZGZKkHPIWaMLcM660vnZC5Eay5gphrZudBJauLyTvVDe44mpwZEs4LBwfZqQk0

-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 15.20 (Debian 15.20-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: my-app; Type: DATABASE; Schema: -; Owner: postgres
--

CREATE DATABASE "my-app" WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8';


ALTER DATABASE "my-app" OWNER TO postgres;

\unrestrict BZGZKkHPIWaMLcM660vnZC5Eay5gphrZudBJauLyTvVDe44mpwZEs4LBwfZqQk0
\encoding SQL_ASCII
\connect -reuse-previous=on "dbname='my-app'"
\restrict BZGZKkHPIWaMLcM660vnZC5Eay5gphrZudBJauLyTvVDe44mpwZEs4LBwfZqQk0

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- PostgreSQL database dump complete
--

\unrestrict BZGZKkHPIWaMLcM660vnZC5Eay5gphrZudBJauLyTvVDe44mpwZEs4LBwfZqQk0

--
-- Database "postgres" dump
--

\connect postgres

--
-- PostgreSQL database dump
--

\restrict M178Rcoy1Sw7kri5JiwbaQrcUiaWMFq7wh0yDIUTWTq3za8FeVooNnpFPi6g5IH

-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 15.20 (Debian 15.20-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- PostgreSQL database dump complete
--

\unrestrict M178Rcoy1Sw7kri5JiwbaQrcUiaWMFq7wh0yDIUTWTq3za8FeVooNnpFPi6g5IH

--
-- Database "shop" dump
--

--
-- PostgreSQL database dump
--

\restrict 29xUjLpwN2GAtp9VOpvv8DGTBIFNGcHntRkmLvF1CaMrLqDaehNiCYPx1LKJfC1

-- Dumped from database version 15.20 (Debian 15.20-0+deb12u1)
-- Dumped by pg_dump version 15.20 (Debian 15.20-0+deb12u1)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

--
-- Name: shop; Type: DATABASE; Schema: -; Owner: postgres
--

CREATE DATABASE shop WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8';


ALTER DATABASE shop OWNER TO postgres;

\unrestrict 29xUjLpwN2GAtp9VOpvv8DGTBIFNGcHntRkmLvF1CaMrLqDaehNiCYPx1LKJfC1
\connect shop
\restrict 29xUjLpwN2GAtp9VOpvv8DGTBIFNGcHntRkmLvF1CaMrLqDaehNiCYPx1LKJfC1

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: Größe; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public."Größe" (
    x integer
);


ALTER TABLE public."Größe" OWNER TO postgres;

--
-- Name: orders; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.orders (
    id integer NOT NULL,
    line text
);


ALTER TABLE public.orders OWNER TO postgres;

--
-- Name: latest; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.latest AS
 SELECT max(orders.id) AS max
   FROM public.orders;


ALTER TABLE public.latest OWNER TO postgres;

--
-- Data for Name: Größe; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public."Größe" (x) FROM stdin;
1
\.


--
-- Data for Name: orders; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.orders (id, line) FROM stdin;
1	c4ca4238a0b923820dcc509a6f75849b
2	c81e728d9d4c2f636f067f89cc14862c
3	eccbc87e4b5ce2fe28308fd9f2a7baf3
4	a87ff679a2f3e71d9181a67b7542122c
5	e4da3b7fbbce2345d7772b0674a318d5
6	1679091c5a880faf6fb5e6087eb1b2dc
7	8f14e45fceea167a5a36dedd4bea2543
8	c9f0f895fb98ab9159f51fd0297e236d
9	45c48cce2e2d7fbdea1afc51c7c6ad26
10	d3d9446802a44259755d38e6d163e820
11	6512bd43d9caa6e02c990b0a82652dca
12	c20ad4d76fe97759aa27a0c99bff6710
\.


--
-- Name: orders orders_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);


--
-- PostgreSQL database dump complete
--

\unrestrict 29xUjLpwN2GAtp9VOpvv8DGTBIFNGcHntRkmLvF1CaMrLqDaehNiCYPx1LKJfC1

--
-- PostgreSQL database cluster dump complete
--

