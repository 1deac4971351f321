// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_STATE_HPP
#define ASSENT_DISPATCH_DETAIL_STATE_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/detail/errors.hpp>
#include <assent/core/detail/block_pool.hpp>
#include <assent/core/detail/key_table.hpp>
#include <assent/core/detail/reclamation.hpp>
#include <assent/core/detail/registry.hpp>
#include <assent/core/detail/walk.hpp>
#include <assent/core/domain.hpp>
#include <assent/dispatch/detail/ticket.hpp>
#include <assent/dispatch/observer.hpp>
#include <assent/dispatch/phase.hpp>
#include <assent/dispatch/policy.hpp>

#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <mutex>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace assent::inline ASSENT_ABI::detail {

struct no_instances {};

/// The channels of a dispatcher without keys: one.
struct single_channel {
    explicit single_channel(registry& owner) noexcept : all(owner) {}
    template <class Visit> void for_each(Visit visit) { visit(all); }
    channel* vacate(registry&, channel&) noexcept { return nullptr; }
    bool contains(std::uintptr_t at) noexcept { return all.contains(at); }
    static constexpr void (*free)(channel*) noexcept = nullptr;
    channel all;
};

template <class C> struct channels_of { using type = single_channel; };
template <keyed C> struct channels_of<C> {
    struct type : key_table<typename C::key_type> {
        explicit type(registry&) noexcept {}
    };
};

template <class C> struct instances_of { using type = no_instances; };
template <replaying C> struct instances_of<C> { using type = std::vector<typename C::instance_type>; };

/// Everything a dispatcher is; on the heap because it may have to outlive the dispatcher: registrations
/// refer to it, and so does a callback that destroys its own dispatcher.
template <class C, class Policy> class state final : public registry {
public:
    /// Whether notifications, transactions and replays pass one after the other.
    static constexpr bool ticketed = two_phase<C> || replaying<C>;
    static_assert(
        !keyed<C> || capacity_of<Policy>() == 0,
        "assent: dispatcher policy [capacity]: keys come and go, so a keyed category cannot have a fixed "
        "capacity; leave default_policy::capacity at 0");

    using category = C;
    using observer_type = typename Policy::observer;
    static constexpr bool observed = !std::is_same_v<observer_type, no_observer>;

    /// Errors  std::bad_alloc.
    static state& make(const domain& in, observer_type seen_by) {
        record* only = nullptr;
        if constexpr (threads_of<Policy>() == threading::single) {
            only = record_of_this_thread(in.core());
            if (only == nullptr) out_of_memory();
        }
        auto* const made = new (std::nothrow) state(in.core(), only, std::move(seen_by));
        if (made == nullptr) out_of_memory();
        return *made;
    }

    /// The dispatcher goes: nobody is called any more.
    void close() noexcept {
        if constexpr (ticketed) {
            if (turn.held_here()) {
                // Inside one of our own callbacks: the holder of the ticket needs us until it lets go. A running
                // transaction must still tell those prepared.
                if constexpr (!two_phase<C>) detach_everything();
                closing = true;
                if (asking != nullptr) asking->remarkable = true;
                return;
            }
        }
        if constexpr (config::debug_checks) refuse_foreign_walks();
        detach_everything();
        give_up();
    }

    /// Called by whoever lets the ticket go after the dispatcher was destroyed while it was held.
    void detach_everything() noexcept {
        const std::lock_guard guard(lock);
        closed = true;
        channels.for_each([&](channel& c) { detach_all(c); });
    }

    /// The dispatcher's own use of this ends: nothing of it is touched any more.
    void give_up() noexcept {
        registry::remains left;
        {
            const std::lock_guard guard(lock);
            left.last = leave_users();
        }
        bury(left);
    }

    [[no_unique_address]] fixed_blocks<capacity_of<Policy>(), concurrent_walks_of<Policy>()> blocks{*this};
    alignas(config::cache_line) typename channels_of<C>::type channels{*this};
    ticket turn;
    // All below belongs to whoever holds the ticket.
    [[no_unique_address]] typename instances_of<C>::type instances;
    const phase_call* asking = nullptr; ///< of the prepare phase that is running
    bool closing = false;
    bool in_flight = false;      ///< an arrival or removal is being prepared
    bool owes_newcomers = false; ///< somebody registered with replay meanwhile; see standing::owed
    /// Used by any thread. Here and not in the dispatcher, which may be gone while its callbacks still run.
    [[no_unique_address]] observer_type seen_by;

private:
    state(domain_core& in, record* only, observer_type&& seen)
        : registry(operations_, in, threads_of<Policy>(), only), seen_by(std::move(seen)) {
        has_phases = two_phase<C>;
    }

    void refuse_foreign_walks() noexcept {
        const std::lock_guard guard(lock);
        full_fence();
        const auto self = std::this_thread::get_id();
        if (!others()) return;
        home_domain->fence_others();
        for_each_position([&](record& r, frame&, std::uintptr_t at) {
            if (r.owner.load(std::memory_order_relaxed) != self && does().contains(this, at)) {
                std::fputs("assent: dispatcher destroyed while another thread is inside its notify\n",
                           stderr);
                std::abort();
            }
            return true;
        });
    }

    static void dispose(registry* self) noexcept { delete static_cast<state*>(self); }
    static bool shows(registry* self, std::uintptr_t at) noexcept {
        return static_cast<state*>(self)->channels.contains(at);
    }

    static channel* vacate(registry* self, channel& c) noexcept {
        return static_cast<state*>(self)->channels.vacate(*self, c);
    }

    ASSENT_HIDDEN static inline const registry_operations operations_{
        {&registry::settle},         &dispose, &shows, &vacate, channels_of<C>::type::free,
        &Policy::cycle_in_destructor};
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
