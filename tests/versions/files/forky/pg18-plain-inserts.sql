--
-- PostgreSQL database dump
--

\restrict tCcPWQGrFN0c47eVQqHWYhhgrBy4svBKaFgdCbVrYyMJgpNCPh8lPHKfX3vVDF5

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

INSERT INTO public."Größe" VALUES (1);


--
-- Data for Name: orders; Type: TABLE DATA; Schema: public; Owner: postgres
--

INSERT INTO public.orders VALUES (1, 'c4ca4238a0b923820dcc509a6f75849b');
INSERT INTO public.orders VALUES (2, 'c81e728d9d4c2f636f067f89cc14862c');
INSERT INTO public.orders VALUES (3, 'eccbc87e4b5ce2fe28308fd9f2a7baf3');
INSERT INTO public.orders VALUES (4, 'a87ff679a2f3e71d9181a67b7542122c');
INSERT INTO public.orders VALUES (5, 'e4da3b7fbbce2345d7772b0674a318d5');
INSERT INTO public.orders VALUES (6, '1679091c5a880faf6fb5e6087eb1b2dc');
INSERT INTO public.orders VALUES (7, '8f14e45fceea167a5a36dedd4bea2543');
INSERT INTO public.orders VALUES (8, 'c9f0f895fb98ab9159f51fd0297e236d');
INSERT INTO public.orders VALUES (9, '45c48cce2e2d7fbdea1afc51c7c6ad26');
INSERT INTO public.orders VALUES (10, 'd3d9446802a44259755d38e6d163e820');
INSERT INTO public.orders VALUES (11, '6512bd43d9caa6e02c990b0a82652dca');
INSERT INTO public.orders VALUES (12, 'c20ad4d76fe97759aa27a0c99bff6710');


--
-- Name: orders orders_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.orders
    ADD CONSTRAINT orders_pkey PRIMARY KEY (id);


--
-- PostgreSQL database dump complete
--

\unrestrict tCcPWQGrFN0c47eVQqHWYhhgrBy4svBKaFgdCbVrYyMJgpNCPh8lPHKfX3vVDF5

