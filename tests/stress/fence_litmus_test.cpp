// SPDX-License-Identifier: BSL-1.0
#include <assent/core/fence.hpp>

#include <assent/core/domain.hpp>

#include "gate.hpp"

#include <doctest/doctest.h>

#include <atomic>
#include <cstdint>
#include <memory>
#include <thread>
#include <vector>

using namespace test_support;
namespace detail = assent::detail;

namespace {

struct alignas(64) cell {
    std::atomic<std::uintptr_t> published{0};          ///< the notifier's position
    alignas(64) std::atomic<std::uintptr_t> nulled{0}; ///< the unregistering thread's entry
    alignas(64) bool notifier_missed = false;
    alignas(64) bool scanner_missed = false;
};

/// Store buffering: each side stores its own cell and reads the other's. Both missing the other is what the
/// fences must rule out. Returns how often that happened.
template <class LightSide, class HeavySide> long litmus(int rounds, LightSide light, HeavySide heavy) {
    const auto cells = std::make_unique<std::vector<cell>>(static_cast<std::size_t>(rounds));
    std::atomic<int> at[2] = {-1, -1};
    const auto meet = [&](int me, int round) {
        at[me].store(round, std::memory_order_release);
        for (int spins = 0; at[1 - me].load(std::memory_order_acquire) < round; ++spins)
            if (spins > 2000) std::this_thread::yield();
    };
    {
        const runner notifier([&] {
            for (int i = 0; i < rounds; ++i) {
                cell& c = (*cells)[static_cast<std::size_t>(i)];
                meet(0, i);
                detail::publish<std::uintptr_t>(c.published, 1);
                light();
                c.notifier_missed = c.nulled.load(detail::fenced_load) == 0;
            }
        });
        const runner unregistering([&] {
            for (int i = 0; i < rounds; ++i) {
                cell& c = (*cells)[static_cast<std::size_t>(i)];
                meet(1, i);
                detail::publish<std::uintptr_t>(c.nulled, 1);
                heavy();
                c.scanner_missed = c.published.load(detail::fenced_load) == 0;
            }
        });
    }
    long both = 0;
    for (const cell& c : *cells) both += c.notifier_missed && c.scanner_missed;
    return both;
}

constexpr int rounds = assent::config::thread_sanitizer ? 5000 : 20000;

} // namespace

TEST_CASE("the fence of this machine rules out that notifier and unregistering thread miss each other") {
    const bool asymmetric = detail::probe_fence_kind() == assent::fence_kind::asymmetric;
    CAPTURE(asymmetric);
    const auto light = [&] {
        if (asymmetric) {
            detail::light_fence();
        } else {
            detail::full_fence();
        }
    };
    const auto heavy = [&] {
        detail::full_fence();
        if (asymmetric) detail::heavy_fence();
    };
    CHECK(litmus(rounds, light, heavy) == 0);
}

TEST_CASE("the default domain has the kind that machine and configuration allow") {
    const assent::fence_kind allowed = detail::probe_fence_kind();
    CHECK(assent::domain::by_default().fences() == allowed);
    if constexpr (!assent::config::asymmetric_fence) CHECK(allowed == assent::fence_kind::none);
}

TEST_CASE("kind none rules it out too") {
    CHECK(litmus(
              rounds, [] { detail::full_fence(); }, [] { detail::full_fence(); }) == 0);
}

TEST_CASE(
    "the litmus test can fail: without the heavy side's interruption both miss each other now and then") {
    if constexpr (assent::config::thread_sanitizer) return; // publish() is sequentially consistent there
    long both = 0;
    for (int attempt = 0; attempt < 20 && both == 0; ++attempt)
        both = litmus(
            rounds, [] { detail::light_fence(); }, [] { detail::full_fence(); });
    // One processor, or one that does not reorder, shows nothing: a warning, not a failure.
    WARN(both > 0);
}
