// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_ENROLMENT_HPP
#define ASSENT_DISPATCH_DETAIL_ENROLMENT_HPP

#include <assent/config.hpp>
#include <assent/core/callback.hpp>
#include <assent/core/contract.hpp>
#include <assent/core/detail/callable_node.hpp>
#include <assent/core/registration.hpp>
#include <assent/core/registration_options.hpp>
#include <assent/core/registration_storage.hpp>
#include <assent/dispatch/detail/delivery.hpp>
#include <assent/dispatch/detail/observation.hpp>
#include <assent/dispatch/detail/replay.hpp>
#include <assent/dispatch/detail/state.hpp>
#include <assent/dispatch/detail/turn.hpp>
#include <assent/dispatch/participant.hpp>

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <mutex>
#include <type_traits>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

struct no_key {};

template <class C> struct key_of { using type = no_key; };
template <names_key_type C> struct key_of<C> { using type = typename C::key_type; };
template <class C> using key_type_of = typename key_of<C>::type;

/// Keeps the overloads of on() apart when options are passed as a variable.
template <class... Callables>
concept without_options = !(std::same_as<std::remove_cvref_t<Callables>, registration_options> || ...);

/// The first contract that what was given to on() breaks.
template <class C, class... Callables> consteval contract callables_contract() {
    if constexpr (sizeof...(Callables) == 1) {
        if constexpr (two_phase<C>) {
            return participant_contract<C, Callables...>();
        } else {
            return callback_contract<C, Callables...>();
        }
    } else if constexpr (sizeof...(Callables) == 3) {
        if constexpr (!two_phase<C>) {
            return contract::callback_phases;
        } else if constexpr (!(std::constructible_from<std::decay_t<Callables>, Callables> && ...)) {
            return contract::participant_storable;
        } else {
            return phases_contract<C, three_callables<std::decay_t<Callables>...>>();
        }
    } else {
        return contract::registration_callables;
    }
}

/// What on() accepts; dispatch/misuse.hpp has the messages for what it does not.
template <class C, class... Callables>
concept registrable = callables_contract<C, Callables...>()
== contract::kept;

/// What is stored: the callable itself, or the three as one participant.
template <class C, class F> F&& one_callable(F&& f) { return std::forward<F>(f); }
template <class C, class Prepare, class Commit, class Abort>
auto one_callable(Prepare&& prepare, Commit&& commit, Abort&& abort) {
    return three_callables<std::decay_t<Prepare>, std::decay_t<Commit>, std::decay_t<Abort>>(
        std::forward<Prepare>(prepare), std::forward<Commit>(commit), std::forward<Abort>(abort));
}

template <class C> struct shape_for { using type = callback_shape<C>; };
template <two_phase C> struct shape_for<C> { using type = participant_shape<C>; };

/// How callables become nodes and nodes become registered.
template <class C, class Policy> struct enrolment {
    using state_type = state<C, Policy>;
    using plain_shape = typename shape_for<C>::type;
    using shape =
        std::conditional_t<state_type::observed, observed_shape<plain_shape, state_type>, plain_shape>;

    template <class Key, class F>
    static void enrol(state_type& s, const Key& key, const registration_options& options, registration& made,
                      F&& f) {
        enrol_node(s, key, options, made, allocated(options, std::forward<F>(f)));
    }

    /// In the caller's storage.
    template <class Storage, class Key, class F>
    static void enrol_in(state_type& s, Storage& storage, const Key& key, const registration_options& options,
                         registration& made, F&& f) {
        tenancy& room = storage_access::tenancy_of(storage);
        if (!room.claim(s)) return;
        // Until there is a node; then whoever destroys it vacates the storage.
        struct undo {
            tenancy* claimed;
            ~undo() {
                if (claimed != nullptr) claimed->vacate();
            }
        } on_failure{&room};
        using maker = stored_node_maker<shape, std::decay_t<F>>;
        enrol_node(s, key, options, made, [&] {
            node* const n =
                maker::make(storage_access::memory(storage), room, options.name, std::forward<F>(f));
            on_failure.claimed = nullptr;
            return n;
        });
    }

    /// Room for so many registrations more. Errors  std::bad_alloc, nothing changed.
    static void reserve(state_type& s, std::size_t registrations) {
        const std::lock_guard guard(s.lock);
        run& r = s.channels.all;
        const block* const b = r.current();
        if (s.pool != nullptr && registrations > s.pool->most - r.live) out_of_memory();
        if (b != nullptr && b->capacity - b->size.load(std::memory_order_relaxed) >= registrations) return;
        constexpr std::size_t most = std::numeric_limits<std::uint32_t>::max() / 2;
        if (registrations > most - r.live ||
            s.replace(r, r.live + static_cast<std::uint32_t>(registrations)) == nullptr)
            out_of_memory();
    }

    template <class Key, class Sink, class F>
    static auto enrol_into(state_type& s, const Key& key, const registration_options& options, Sink& sink,
                           F&& f) {
        node* const fresh = make(s, key, options, false, allocated(options, std::forward<F>(f)));
        if (fresh == nullptr) out_of_memory();
        node& n = *fresh;
        if constexpr (replaying<C>) {
            if (options.replay) return join(s, key, options, n, sink);
        }
        registration made = registration_access::make(n);
        if (options.deferred) {
            sink(std::move(made));
            return replay_result(true);
        }
        record& mine = ready_record(s);
        frame_scope shown(mine);
        if (!attach_shown(s, n, shown, n.does().placeholder)) out_of_memory();
        sink(std::move(made));
        {
            const std::lock_guard guard(s.lock);
            // Release: what the sink did comes before the first call (W6).
            if (n.state.load(std::memory_order_relaxed) == node_state::live)
                n.home->current()->entries()[n.index].invoke.store(n.does().invoke,
                                                                   std::memory_order_release);
        }
        return replay_result(true);
    }

private:
    /// Makes the node of a callable in memory of its own.
    template <class F> static auto allocated(const registration_options& options, F&& f) {
        return [&options, &f] {
            return node_maker<shape, std::decay_t<F>>::make(options.name, std::forward<F>(f));
        };
    }

    template <class Key, class Construct>
    static void enrol_node(state_type& s, const Key& key, const registration_options& options,
                           registration& made, Construct construct) {
        if constexpr (replaying<C>) {
            if (options.replay) {
                if (node* const n = make(s, key, options, false, construct))
                    static_cast<void>(
                        join(s, key, options, *n, [&](registration&& r) { made = std::move(r); }));
                return;
            }
        }
        if (node* const n = make(s, key, options, !options.deferred, construct))
            made = registration_access::make(*n);
    }

    /// What a replay returns: an outcome in two-phase categories, whether it ran otherwise.
    static auto replay_result(bool done) {
        if constexpr (two_phase<C>) {
            return outcome<typename C::status_type>(done ? verdict::committed : verdict::would_deadlock);
        } else {
            return done;
        }
    }

    template <class Key> static channel& channel_of(state_type& s, const Key& key) {
        if constexpr (keyed<C>) {
            return s.channels.find_or_make(s, key);
        } else {
            static_cast<void>(key);
            return s.channels.all;
        }
    }

    /// A node with its place; construct() makes it, null is no memory. With `start` it has an entry, too, unless
    /// the dispatcher is gone. Errors  std::bad_alloc, what the callable throws: nothing changed.
    template <class Key, class Construct>
    static node* make(state_type& s, const Key& key, const registration_options& options, bool start,
                      Construct construct) {
        struct undo {
            node* made;
            ~undo() {
                if (made != nullptr) made->does().destroy(made);
            }
        } on_failure{construct()};
        node* const n = on_failure.made;
        if (n == nullptr) out_of_memory();
        registry::remains left;
        {
            const std::lock_guard guard(s.lock);
            channel& c = channel_of(s, key);
            if (run* const home = s.run_of(c, options.priority)) {
                s.admit(*n, *home);
                if (!start || s.closed || s.attach(*n, n->does().invoke)) {
                    on_failure.made = nullptr;
                    return n;
                }
                left = s.dismiss(c);
            } else {
                ++c.nodes;
                left = s.leave(c);
            }
        }
        s.bury(left);
        // Null: no room, without exceptions, in a dispatcher that is meant to say so.
        if constexpr (!config::exceptions && capacity_of<Policy>() != 0) return nullptr;
        out_of_memory();
    }

    /// Attaches, with a frame that shows the entry from the start: until the frame is left, whoever
    /// unregisters the node waits, or leaves it to this thread.
    static bool attach_shown(state_type& s, node& n, frame_scope& shown, invoke_function first) noexcept {
        const std::lock_guard guard(s.lock);
        if (!s.attach(n, first)) return false;
        shown.publish_at(block::address(n.home->current()->entries() + n.index));
        shown.show_strictly(s.home_domain->kind == fence_kind::none);
        return true;
    }

    /// A replaying registration: takes its turn, joins, hears what exists.
    template <class Key, class Sink>
    static auto join(state_type& s, const Key& key, const registration_options& options, node& n, Sink sink) {
        registration made = registration_access::make(n);
        record& mine = ready_record(s);
        turn_scope<state_type> turn(s);
        if (turn.enter() == admission::cycle) return replay_result(false);
        const auto concerns = [&](const event_type_of<C>& event) {
            if constexpr (keyed<C>) {
                return C::key(event) == key;
            } else {
                static_cast<void>(event);
                return true;
            }
        };
        first_exception thrown;
        auto result = replay_result(true);
        thrown.guard([&] {
            frame_scope shown(mine);
            // Nothing of this dispatcher runs but the walks this thread is already in; they leave it out.
            if (!attach_shown(s, n, shown, n.does().invoke)) out_of_memory();
            if (s.in_flight &&
                concerns(*static_cast<const event_type_of<C>*>(s.event.load(std::memory_order_relaxed)))) {
                n.stands.store(standing::owed, std::memory_order_relaxed);
                s.owes_newcomers = true;
            }
            ASSENT_TRY {
                replay<C> r(n, s.instances, concerns);
                sink(std::move(made));
                observe(s, {activity_kind::replay}, [&] {
                    if constexpr (two_phase<C>) {
                        result = r.ask(thrown);
                        if (!result && !options.stay_if_refused) removal::detach(n);
                        return thrown ? ending::threw : ending_of(result.result());
                    } else {
                        r.tell(thrown);
                        return thrown ? ending::threw : ending::done;
                    }
                });
            }
            ASSENT_CATCH_ALL {
                removal::detach(n);
                ASSENT_RETHROW;
            }
            if (thrown) removal::detach(n);
        });
        turn.leave(thrown);
        thrown.rethrow();
        return result;
    }
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
