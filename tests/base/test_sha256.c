#include "base/sha256.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *digest_of(const void *bytes, size_t length)
{
	static char hex[SHA256_HEX];
	uint8_t digest[SHA256_BYTES];
	sha256_of(bytes, length, digest);
	return sha256_hex(digest, hex);
}

/* The examples of FIPS 180-4 (csrc.nist.gov, SHA-256 examples). */
static void the_standard_s_examples_have_their_digests(void **state)
{
	(void)state;
	static char million[1000000];
	memset(million, 'a', sizeof(million));
	assert_string_equal(digest_of("", 0), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_string_equal(digest_of("abc", 3), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
	assert_string_equal(digest_of("abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", 56),
	                    "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
	assert_string_equal(digest_of(million, sizeof(million)),
	                    "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
}

static void pieces_have_the_digest_of_the_whole(void **state)
{
	(void)state;
	char bytes[200], hex[SHA256_HEX];
	memset(bytes, 'x', sizeof(bytes));
	for (size_t first = 0; first <= sizeof(bytes); first++) {
		struct sha256 sha256;
		uint8_t digest[SHA256_BYTES];
		sha256_begin(&sha256);
		sha256_add(&sha256, bytes, first);
		sha256_add(&sha256, bytes + first, sizeof(bytes) - first);
		sha256_end(&sha256, digest);
		assert_string_equal(sha256_hex(digest, hex), digest_of(bytes, sizeof(bytes)));
	}
}

/* RFC 4231, test cases 2 and 6: a short key, and one that is longer than a block. */
static void codes_are_those_of_rfc_4231(void **state)
{
	(void)state;
	char hex[SHA256_HEX];
	uint8_t digest[SHA256_BYTES], key[131];
	memset(key, 0xaa, sizeof(key));
	sha256_hmac("Jefe", 4, "what do ya want for nothing?", 28, digest);
	assert_string_equal(sha256_hex(digest, hex), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	sha256_hmac(key, sizeof(key), "Test Using Larger Than Block-Size Key - Hash Key First", 54, digest);
	assert_string_equal(sha256_hex(digest, hex), "60e431591ee0b67f0d8a26aacbf5b77f8e0bc6213728c5140546040f0ee37f54");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_standard_s_examples_have_their_digests),
		cmocka_unit_test(pieces_have_the_digest_of_the_whole),
		cmocka_unit_test(codes_are_those_of_rfc_4231),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
