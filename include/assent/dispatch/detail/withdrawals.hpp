// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_WITHDRAWALS_HPP
#define ASSENT_DISPATCH_DETAIL_WITHDRAWALS_HPP

#include <assent/config.hpp>
#include <assent/core/detail/reclamation.hpp>
#include <assent/core/detail/registry.hpp>
#include <assent/core/detail/wait_graph.hpp>

#include <atomic>
#include <cstdint>
#include <mutex>
#include <thread>

namespace assent::inline ASSENT_ABI::detail {

/// await_withdrawals() when there may be some.
template <class Busy> ASSENT_COLD void await_listed_withdrawals(registry& in, Busy busy) noexcept {
    struct target : wait_target {
        registry* in;
        Busy busy;
        std::thread::id waiter; // not "this thread": others follow the edge
        std::thread::id find() const noexcept {
            const std::lock_guard guard(in->lock);
            for (withdrawal* w = in->withdrawals.load(std::memory_order_relaxed); w != nullptr; w = w->next)
                if (w->by != waiter && busy(*w)) return w->by;
            return {};
        }
    };
    const target waits_for{
        {[](const wait_target* t) noexcept { return static_cast<const target*>(t)->find(); }},
        &in,
        busy,
        std::this_thread::get_id()};
    // One edge for each thread waited for: an edge that silently came to mean another thread would hide a
    // cycle from both ends.
    for (std::thread::id on = waits_for.find(); on != std::thread::id(); on = waits_for.find()) {
        const wait_scope waiting(in.home_domain->waits, waits_for, true);
        poll_until([&] { return waits_for.find() != on; }, no_deadline);
    }
}

/// Waits until no thread that unregisters a participant satisfies `busy`.
/// The waiting thread cannot return early (they use its event), so its edge is never the one broken.
template <class Busy> void await_withdrawals(registry& in, Busy busy) noexcept {
    // Acquire: partner of the release store in removal::list(), ordered before the null that was read.
    if (in.withdrawals.load(std::memory_order_acquire) != nullptr) [[unlikely]]
        await_listed_withdrawals(in, busy);
}

} // namespace assent::inline ASSENT_ABI::detail

#endif
