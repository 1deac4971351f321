// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_TESTS_SUPPORT_SKIP_HPP
#define ASSENT_TESTS_SUPPORT_SKIP_HPP

namespace test_support {

/// Says that the current test case could not do its work here, and why; the caller then returns from
/// the case. A run whose cases were all skipped counts as skipped, and every reason is printed: a skip
/// is never reported as a pass.
///
///     if (!may_write_sysfs()) return test_support::skip("may not write to /sys");
void skip(const char* reason);

} // namespace test_support

#endif
