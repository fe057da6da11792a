/* Addresses, the Link header, times. */
#include "base/text.h"
#include "lms/link.h"
#include "lms/schedule.h"
#include "lms/url.h"
#include "lms/when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void only_https_or_this_host(void **state)
{
	(void)state;
	static const char *const good[] = {"https://lms.example.edu", "https://h:8443/x?y=1", "http://127.0.0.1:80/",
	                                   "http://localhost/",       "http://[::1]:8080/",   "HTTPS://LMS.example.edu/"};
	static const char *const bad[] = {"http://lms.example.edu/",
	                                  "http://127.0.0.1.example.edu/",
	                                  "http://localhost.example.edu/",
	                                  "ftp://h/",
	                                  "https://",
	                                  "https://u:p@h/",
	                                  "https://h/ x",
	                                  "https://h/#f",
	                                  "file:///etc/passwd",
	                                  "https://h:0/",
	                                  "https://h:99999/",
	                                  "https://h\r\nX: y",
	                                  "http://127.0.0.1@evil.example/",
	                                  "https://good.example\\@evil.example/",
	                                  "h"};
	const char *why = NULL;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++)
		assert_true(url_allowed(good[i], &why));
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		if (url_allowed(bad[i], &why))
			fail_msg("%s is allowed", bad[i]);
	}
}

static void an_origin_is_scheme_host_and_port(void **state)
{
	(void)state;
	assert_true(url_same_origin("https://LMS.example.edu/a", "https://lms.example.edu:443/b?c"));
	assert_false(url_same_origin("https://lms.example.edu/", "https://lms.example.edu.evil.example/"));
	assert_false(url_same_origin("https://lms.example.edu/", "http://lms.example.edu/"));
	assert_false(url_same_origin("https://lms.example.edu/", "https://lms.example.edu:8443/"));
	assert_false(url_same_origin("https://lms.example.edu/", "/relative"));
}

static void a_path_goes_before_the_query(void **state)
{
	(void)state;
	TEXT_AUTO url = {0};
	url_add_path(&url, "https://h/lineitem?type_id=1", "/scores");
	url_add_query(&url, "user_id", "a b&c");
	assert_string_equal(text_string(&url), "https://h/lineitem/scores?type_id=1&user_id=a%20b%26c");
}

static void next_is_found_however_it_is_quoted(void **state)
{
	(void)state;
	static const char *const headers[] = {
		"<https://h/p?a=1&b=2>; rel=\"next\"",
		"<https://h/p?a=1&amp;b=2>; rel=“next”",
		"<https://h/p?a=1&amp;b=2>; rel=”next”",
		"<https://h/p?a=1&b=2>; rel=next",
		"<https://h/p?a=1&b=2>;rel='next'",
		"<https://h/first>; rel=\"first\",<https://h/p?a=1&b=2>; rel=\"next\",<https://h/last>; rel=\"last\"",
		"</p?a=1&b=2>; rel=\"next\"",
		"<?a=1&b=2>; rel=\"next\"",
		"<p?a=1&b=2>; rel=\"next\"",
		"<//h/p?a=1&b=2>; rel=\"next\"",
		"<http://h/p?a=1&b=2>; rel=\"next\"",
		"<https://h/first>; rel=\"first\", <https://h/p?a=1&b=2>; title=\"x\"; REL=\"prefetch next\"",
	};
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		TEXT_AUTO url = {0};
		if (!link_next(headers[i], "https://h/p?a=1", &url) || strcmp(text_string(&url), "https://h/p?a=1&b=2") != 0)
			fail_msg("%s: %s", headers[i], text_string(&url));
	}
}

static void addresses_of_another_host_stay_what_they_are(void **state)
{
	(void)state;
	static const char *const elsewhere[] = {"https://other/p", "http://other/p", "https://h:8443/p",
	                                        "http://h:8080/p", "ftp://h/p",      "//other/p"};
	for (size_t i = 0; i < sizeof(elsewhere) / sizeof(elsewhere[0]); i++) {
		TEXT_AUTO url = {0};
		url_resolve(&url, "https://h/lineitems?x=1", elsewhere[i]);
		if (url_same_origin(text_string(&url), "https://h/"))
			fail_msg("%s: %s", elsewhere[i], text_string(&url));
	}
}

static void one_item_is_known_however_its_address_is_written(void **state)
{
	(void)state;
	static const char item[] = "https://h/a%3Ab/lineitems/3/lineitem?type_id=1";
	static const char *const same[] = {"https://H/a:b/lineitems/3/lineitem?type_id=1",
	                                   "http://h/a%3ab/lineitems/3/lineitem", "https://h/a:b/lineitems/3/lineitem/",
	                                   "https://h/a:b/lineitems/3/lineitem?x=2&type_id=1"};
	static const char *const other[] = {"https://h/a:b/lineitems/33/lineitem?type_id=1",
	                                    "https://h/a:b/lineitems/3/lineitem?type_id=2",
	                                    "https://g/a:b/lineitems/3/lineitem?type_id=1",
	                                    "https://h/a:b/lineitems/3",
	                                    "3",
	                                    ""};
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		if (!url_same_resource(item, same[i]) || !url_same_resource(same[i], item))
			fail_msg("%s", same[i]);
	}
	for (size_t i = 0; i < sizeof(other) / sizeof(other[0]); i++) {
		if (url_same_resource(item, other[i]) || url_same_resource(other[i], item))
			fail_msg("%s", other[i]);
	}
}

static void no_next_is_no_next(void **state)
{
	(void)state;
	static const char *const headers[] = {"",
	                                      "<https://h/p>; rel=\"prev\"",
	                                      "<https://h/p>; rel=\"nextlast\"",
	                                      "<https://h/p",
	                                      "rel=next",
	                                      "<https://h/p>",
	                                      "<https://h/p>; rel=\"differences\""};
	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++) {
		TEXT_AUTO url = {0};
		if (link_next(headers[i], "https://h/p?a=1", &url))
			fail_msg("%s", headers[i]);
	}
}

static void times_are_written_with_milliseconds_in_utc(void **state)
{
	(void)state;
	char into[WHEN_BYTES];
	assert_string_equal(when_write(INT64_C(1795357544041), into), "2026-11-22T14:25:44.041Z");
}

static void times_are_read_in_every_zone(void **state)
{
	(void)state;
	static const char *const same[] = {"2026-11-22T14:25:44Z", "2026-11-22T14:25:44+00:00", "2026-11-22T19:55:44+05:30",
	                                   "2026-11-22T14:25:44+00", "2026-11-22T14:25:44.000000000Z"};
	int64_t at;
	for (size_t i = 0; i < sizeof(same) / sizeof(same[0]); i++) {
		assert_true(when_read(same[i], &at));
		assert_int_equal(at, INT64_C(1795357544000));
	}
	assert_false(when_read("yesterday", &at));
	assert_false(when_read("2026-11-22", &at));
	assert_true(when_http("Sun, 22 Nov 2026 14:25:44 GMT", &at));
	assert_int_equal(at, INT64_C(1795357544000));
	assert_false(when_http("Sun, 22 Abc 2026 14:25:44 GMT", &at));
}

static void retry_after_is_seconds_or_a_date(void **state)
{
	(void)state;
	int64_t now = INT64_C(1795357544000);
	assert_int_equal(schedule_retry_after("120", now), 120000);
	assert_int_equal(schedule_retry_after("Sun, 22 Nov 2026 14:26:44 GMT", now), 60000);
	assert_int_equal(schedule_retry_after("Sun, 22 Nov 2026 14:20:44 GMT", now), 0);
	assert_int_equal(schedule_retry_after("-5", now), -1);
	assert_int_equal(schedule_retry_after("", now), -1);
	assert_true(schedule_retry_after("99999999999999999999999", now) > RETRY_AFTER_MOST_MS);
}

static void the_back_off_is_between_zero_and_its_cap(void **state)
{
	(void)state;
	assert_int_equal(schedule_backoff(0, 1000, 0), 0);
	assert_int_equal(schedule_backoff(3, 1000, 8000), 8000);
	for (unsigned tries = 0; tries < 80; tries++)
		assert_in_range(schedule_backoff(tries, 1000, UINT64_MAX - tries), 0, SCHEDULE_CAP_MS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_https_or_this_host),
		cmocka_unit_test(an_origin_is_scheme_host_and_port),
		cmocka_unit_test(a_path_goes_before_the_query),
		cmocka_unit_test(next_is_found_however_it_is_quoted),
		cmocka_unit_test(addresses_of_another_host_stay_what_they_are),
		cmocka_unit_test(one_item_is_known_however_its_address_is_written),
		cmocka_unit_test(no_next_is_no_next),
		cmocka_unit_test(times_are_written_with_milliseconds_in_utc),
		cmocka_unit_test(times_are_read_in_every_zone),
		cmocka_unit_test(retry_after_is_seconds_or_a_date),
		cmocka_unit_test(the_back_off_is_between_zero_and_its_cap),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
