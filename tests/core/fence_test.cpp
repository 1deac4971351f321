// SPDX-License-Identifier: BSL-1.0
#include <assent/core/fence.hpp>

#include <assent/core/domain.hpp>

#include "skip.hpp"

#include <doctest/doctest.h>

#include <cstdlib>

#if defined(__linux__)
#include <linux/membarrier.h>
#include <sys/syscall.h>
#include <unistd.h>
#endif

using namespace test_support;
using assent::fence_kind;

TEST_CASE("the fence kind is what this system can do") {
    const fence_kind kind = assent::detail::probe_fence_kind();
    if (assent::config::thread_sanitizer || !assent::config::asymmetric_fence) {
        CHECK(kind == fence_kind::none);
        return;
    }
#if defined(__linux__)
    const long commands = syscall(SYS_membarrier, MEMBARRIER_CMD_QUERY, 0, 0);
    const bool can = commands > 0 && (commands & MEMBARRIER_CMD_PRIVATE_EXPEDITED) != 0;
    CHECK(kind == (can ? fence_kind::asymmetric : fence_kind::none));
#elif defined(_WIN32)
    // Wine gives every program this variable; its FlushProcessWriteBuffers fences nothing.
    const bool wine = std::getenv("WINEUSERNAME") != nullptr;
    CAPTURE(wine);
    CHECK(kind == (wine ? fence_kind::none : fence_kind::asymmetric));
#else
    CHECK(kind == fence_kind::none);
#endif
}

TEST_CASE("the default domain has that kind") {
    CHECK(assent::domain::by_default().fences() == assent::detail::probe_fence_kind());
}
