// SPDX-License-Identifier: BSL-1.0
#include "subject.hpp"

#include <assent/assent.hpp>

#include <cstdint>
#include <cstdlib>

namespace bench {
namespace {

/// Each in a domain of its own, so that the threads of one measurement do not count in another.
template <class Policy> struct with_policy {
    explicit with_policy(assent::fence_kind kind) : home(assent::domain::make(kind)), signal(home) {}

    using connection = assent::registration;
    template <class F> connection connect(F f) { return signal.on(f); }
    void disconnect(connection& c) { c.unregister(); }
    [[gnu::always_inline]] void emit(const event& e) { signal.notify(e); }
    void attach_this_thread() const {
        if (!assent::attach_thread(3, home)) std::abort();
    }
    std::uint64_t heavy_fences() const { return home.heavy_fences(); }

    assent::domain home;
    assent::dispatcher<event, Policy> signal;
};

/// The control of the `race` scenario: unregisters without waiting, so it must be found out.
struct without_waiting : with_policy<assent::default_policy> {
    using with_policy::with_policy;
    void disconnect(connection& c) { c.unregister(assent::no_wait); }
};

} // namespace

void add_assent(std::vector<library>& to) {
    const assent::fence_kind best = assent::domain::by_default().fences();
    // A new policy is one line here.
    to.push_back({"assent", true, true, maker<with_policy<assent::default_policy>>(best)});
    to.push_back({"assent, fence none", true, true,
                  maker<with_policy<assent::default_policy>>(assent::fence_kind::none)});
    to.push_back({"assent, symmetric", true, true, maker<with_policy<assent::symmetric_policy>>(best)});
    to.push_back(
        {"assent, single-threaded", false, true, maker<with_policy<assent::single_threaded_policy>>(best)});
    to.push_back({"assent, no_wait", true, true, maker<without_waiting>(best)});
}

} // namespace bench
