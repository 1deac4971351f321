// SPDX-License-Identifier: BSL-1.0
// expected: assent: callback [overload]: which of its overloads is meant is ambiguous or none fits
#include <assent/assent.hpp>

struct saved {
    int revision;
};

struct by_number {
    by_number(const saved&) {}
};
struct by_name {
    by_name(const saved&) {}
};
struct listener {
    void operator()(by_number) const {}
    void operator()(by_name) const {}
    void operator()(long) const {}
};

void test(assent::dispatcher<saved>& events) {
#if defined(FIXED)
    const auto r = events.on([](const saved& e) { listener{}(long{e.revision}); });
#else
    const auto r = events.on(listener{});
#endif
}
