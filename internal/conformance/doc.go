// Package conformance holds one suite of the promises every store makes, run on
// SQLite always and on PostgreSQL where TOUCAN_TEST_POSTGRES names one. It has
// tests only.
package conformance
