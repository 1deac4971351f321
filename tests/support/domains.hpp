// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_TESTS_SUPPORT_DOMAINS_HPP
#define ASSENT_TESTS_SUPPORT_DOMAINS_HPP

#include "gate.hpp"

#include <assent/core/domain.hpp>

#include <doctest/doctest.h>

namespace test_support {

/// Another thread that has notified in the domain and now does nothing: without one, unregistering skips
/// its fences.
class bystander {
public:
    explicit bystander(const assent::domain& in)
        : thread_([this, in] {
              attached_.store(assent::attach_thread(3, in));
              ready_.open();
              go_.wait_without_limit();
          }) {
        ready_.wait();
        CHECK(attached_.load());
    }
    ~bystander() { go_.open(); }
    bystander(const bystander&) = delete;
    bystander& operator=(const bystander&) = delete;

private:
    std::atomic<bool> attached_{false};
    gate ready_{"bystander is attached"};
    gate go_{"bystander may end"};
    runner thread_;
};

/// body(domain) with the best fence of this machine and with none, each in a domain of its own.
template <class Body> void in_each_domain(Body body) {
    const assent::fence_kind best = assent::detail::probe_fence_kind();
    for (const assent::fence_kind kind : {best, assent::fence_kind::none}) {
        const bool asymmetric = kind == assent::fence_kind::asymmetric;
        CAPTURE(asymmetric);
        const assent::domain in = assent::domain::make(kind);
        const bystander other(in);
        body(in);
        if (best == assent::fence_kind::none) break;
    }
}

/// Registers and unregisters fast enough for a dispatcher of kind asymmetric to change its mode: walks
/// fence once from then on. No effect with other kinds.
template <class Dispatcher, class... Callables> void churn(Dispatcher& d, const Callables&... callables) {
    for (int i = 0; i < 20; ++i) {
        assent::registration r = d.on(callables...);
        static_cast<void>(r.unregister());
    }
}

} // namespace test_support

#endif
