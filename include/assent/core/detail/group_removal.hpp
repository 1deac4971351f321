// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_CORE_DETAIL_GROUP_REMOVAL_HPP
#define ASSENT_CORE_DETAIL_GROUP_REMOVAL_HPP

#include <assent/config.hpp>
#include <assent/core/detail/reclamation.hpp>
#include <assent/core/registration.hpp>

#include <mutex>
#include <span>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

/// Takes the nodes of one registry out of a group of registrations, with one lock and one fence (U3) for all.
/// Those that nobody shows are destroyed; the others stay with their registrations, detached.
/// For categories of one phase: a participant's withdrawal is listed for itself.
class group_removal {
public:
    group_removal(registry& of, std::span<registration> group) noexcept : registry_(of), group_(group) {}

    void operator()() noexcept {
        {
            const std::lock_guard guard(registry_.lock);
            bool interrupt = false;
            deferred* nulled = nullptr;
            for_each([&](node& n, registration&) {
                if (n.state.load(std::memory_order_relaxed) != node_state::live) return;
                interrupt = removal(n).null_entry(nulled == nullptr) || interrupt;
                n.next = std::exchange(nulled, &n);
            });
            registry_.fence_walks(interrupt);
            // As removal::withdraw_entry() does for one: without that fence, a walk before an entry may be past it.
            bool before = false;
            for (; !interrupt && nulled != nullptr; nulled = nulled->next)
                before = before || removal(static_cast<node&>(*nulled)).shown_before();
            if (before) registry_.home_domain->fence_others();
            for_each([&](node& n, registration& r) {
                removal one(n);
                if (!one.shown()) dismiss(n, r, one);
            });
        }
        while (destroyed_ != nullptr) {
            deferred* const next = destroyed_->next;
            node& n = static_cast<node&>(*destroyed_);
            n.does().destroy(&n);
            destroyed_ = next;
        }
        registry_.bury(left_);
    }

private:
    template <class Visit> void for_each(Visit visit) noexcept {
        for (registration& r : group_)
            if (node* const n = registration_access::node_of(r);
                n != nullptr && n->home->in().owner == &registry_)
                visit(*n, r);
    }

    void dismiss(node& n, registration& r, removal& one) noexcept {
        one.shrink();
        registration_access::release(r);
        n.next = destroyed_;
        destroyed_ = &n;
        registry::remains last = registry_.dismiss(n.home->in());
        // One list of all channels that nobody uses any more.
        if (channel* end = last.unused) {
            while (end->next_retired != nullptr) end = end->next_retired;
            end->next_retired = std::exchange(left_.unused, last.unused);
            left_.free_channels = last.free_channels;
        }
        left_.last = last.last;
    }

    registry& registry_;
    const std::span<registration> group_;
    deferred* destroyed_ = nullptr;
    registry::remains left_;
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
