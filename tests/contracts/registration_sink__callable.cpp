// SPDX-License-Identifier: BSL-1.0
// expected: assent: registration sink [callable]: must be callable with
#include <assent/assent.hpp>

struct saved {
    int revision;
};

void test(assent::dispatcher<saved>& events, [[maybe_unused]] assent::registration& kept) {
#if defined(FIXED)
    events.on_into([&](assent::registration&& r) { kept = std::move(r); }, {}, [](const saved&) {});
#else
    events.on_into([](int) {}, {}, [](const saved&) {});
#endif
}
