--
-- PostgreSQL database dump
--

\restrict NurxW3QgU5ib5pn7sX79QWRIdlk7GEAQU147TmIZFdso3HqKH0Ezk0aGN1WNeJL

-- Dumped from database version 18.6 (Debian 18.6-3)
-- Dumped by pg_dump version 18.6 (Debian 18.6-3)

SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET transaction_timeout = 0;
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
 SELECT max(id) AS max
   FROM public.orders;


ALTER VIEW public.latest OWNER TO postgres;

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

\unrestrict NurxW3QgU5ib5pn7sX79QWRIdlk7GEAQU147TmIZFdso3HqKH0Ezk0aGN1WNeJL

