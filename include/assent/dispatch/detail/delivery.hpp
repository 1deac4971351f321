// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_DETAIL_DELIVERY_HPP
#define ASSENT_DISPATCH_DETAIL_DELIVERY_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/detail/errors.hpp>
#include <assent/core/detail/reclamation.hpp>
#include <assent/core/detail/thread_cache.hpp>
#include <assent/core/detail/walk.hpp>
#include <assent/dispatch/detail/kept_channels.hpp>
#include <assent/dispatch/detail/state.hpp>
#include <assent/dispatch/detail/transaction.hpp>
#include <assent/dispatch/detail/turn.hpp>
#include <assent/dispatch/outcome.hpp>
#include <assent/dispatch/phase.hpp>

#include <algorithm>
#include <chrono>
#include <concepts>
#include <functional>
#include <memory>
#include <new>
#include <optional>
#include <span>
#include <type_traits>
#include <utility>

namespace assent::inline ASSENT_ABI::detail {

template <class C> struct instance_of { using type = no_instances; };
template <names_instance_type C> struct instance_of<C> { using type = typename C::instance_type; };
/// The category's instance_type; a placeholder for those without.
template <class C> using instance_type_of = typename instance_of<C>::type;

/// An instance of the category, or a callable that makes one.
template <class I, class C>
concept instance_source = std::convertible_to<const I&, instance_type_of<C>> || requires(const I& make) {
    { make() } -> std::convertible_to<instance_type_of<C>>;
};

/// How events and changes reach the registered: the verbs of a dispatcher.
template <class C, class Policy> struct delivery {
    using state_type = state<C, Policy>;
    using event_type = event_type_of<C>;
    using channels_type = kept_channels<C, state_type>;

    static void notify(state_type& s, const event_type& event) {
        if constexpr (state_type::ticketed) {
            in_turn(
                s, [&](first_exception& thrown) { tell(s, event, thrown); },
                [&, &event = event] {
                    return [&s, event](first_exception& thrown) { tell(s, event, thrown); };
                });
        } else {
            tell_at_once(s, event);
        }
    }

    template <class Instance>
    static void notify_instance(state_type& s, const Instance& instance, bool arrives) {
        const auto change = [](state_type& in, const Instance& i, bool comes, first_exception& thrown) {
            if (!remember(in, i, comes)) return;
            tell(in, comes ? C::arrival(i) : C::removal(i), thrown);
        };
        in_turn(
            s, [&](first_exception& thrown) { change(s, instance, arrives, thrown); },
            [&] {
                return [&s, instance, arrives, change](first_exception& thrown) {
                    change(s, instance, arrives, thrown);
                };
            });
    }

    static void announce(state_type& s, const event_type& event) {
        in_turn(
            s, [&](first_exception& thrown) { tell_commit(s, event, thrown); },
            [&] { return [&s, event](first_exception& thrown) { tell_commit(s, event, thrown); }; });
    }

    template <class Instance>
    static void announce_instance(state_type& s, const Instance& instance, bool arrives) {
        const auto change = [](state_type& in, const Instance& i, bool comes, first_exception& thrown) {
            if (!remember(in, i, comes)) return;
            tell_commit(in, comes ? C::arrival(i) : C::removal(i), thrown);
        };
        in_turn(
            s, [&](first_exception& thrown) { change(s, instance, arrives, thrown); },
            [&] {
                return [&s, instance, arrives, change](first_exception& thrown) {
                    change(s, instance, arrives, thrown);
                };
            });
    }

    template <class Action>
    static auto transact(state_type& s, const event_type& event, Action& action,
                         const transaction_rules& rules, std::chrono::nanoseconds budget) {
        return run(
            s, [&] { return &event; }, keep_of_event(s), action, rules, budget, false);
    }

    /// The event concerns several keys; whoever registered for one of them takes part.
    template <class Key, class Action>
    static auto transact_keys(state_type& s, std::span<const Key> keys, const event_type& event,
                              Action& action, const transaction_rules& rules,
                              std::chrono::nanoseconds budget) {
        return run(
            s, [&] { return &event; }, [&](const event_type&) { return channels_type(s, keys); }, action,
            rules, budget, false);
    }

    /// `instance` is one, or makes one when it is this call's turn.
    template <class Instance, class Action>
    static auto transact_instance(state_type& s, Instance& instance, bool arrives, Action& action,
                                  const transaction_rules& rules, std::chrono::nanoseconds budget) {
        std::optional<instance_type_of<C>> changing;
        std::optional<instance_type_of<C>> kept;
        std::optional<event_type> event;
        const auto make_event = [&] {
            if constexpr (std::convertible_to<Instance&, instance_type_of<C>>) {
                changing.emplace(instance);
            } else {
                changing.emplace(std::invoke(instance));
            }
            if (arrives) {
                // Nothing that may fail is left for after the change.
                kept.emplace(*changing);
                if (s.instances.size() == s.instances.capacity())
                    s.instances.reserve(2 * s.instances.size() + 4);
            }
            event.emplace(arrives ? C::arrival(*changing) : C::removal(*changing));
            return &*event;
        };
        // From here until the action has succeeded, a newcomer's replay shows what was before the change;
        // it is owed the change itself.
        const auto act = [&] {
            if constexpr (std::is_void_v<std::invoke_result_t<Action&>>) {
                std::invoke(action);
                settle_instance(s, *changing, kept);
            } else {
                auto answer = std::invoke(action);
                if (status_traits<decltype(answer)>::agrees(answer)) settle_instance(s, *changing, kept);
                return answer;
            }
        };
        return run(s, make_event, keep_of_event(s), act, rules, budget, true);
    }

private:
    /// Keeps the set of what exists. False: it was so already, and nobody is told.
    template <class Instance> static bool remember(state_type& s, const Instance& instance, bool exists) {
        const auto it = std::find(s.instances.begin(), s.instances.end(), instance);
        if ((it != s.instances.end()) == exists) return false;
        if (exists) {
            s.instances.push_back(instance);
        } else {
            s.instances.erase(it);
        }
        return true;
    }

    /// The change has happened. `kept` is the copy that becomes part of what exists; none: a removal.
    template <class Instance>
    static void settle_instance(state_type& s, const Instance& instance, std::optional<Instance>& kept) {
        const auto it = std::find(s.instances.begin(), s.instances.end(), instance);
        if (kept && it == s.instances.end()) {
            s.instances.push_back(std::move(*kept));
        } else if (!kept && it != s.instances.end()) {
            s.instances.erase(it);
        }
        s.in_flight = false;
    }

    /// One-phase, without a ticket: the hot path.
    static void tell_at_once(state_type& s, const event_type& event) {
        if constexpr (keyed<C>) {
            const auto& key = C::key(event);
            record& mine = ready_record(*s.home_domain);
            frame_scope found(mine);
            const auto look_up = [&]() -> channel* {
                if (!frame_scope::reserve(mine)) out_of_memory();
                frame_scope table(mine);
                return s.channels.find(key, found, table, s.home_domain->kind == fence_kind::none);
            };
            if (channel* const c = look_up()) call_each(s, *c, &event);
        } else {
            call_each(s, s.channels.all, &event);
        }
    }

    /// One-phase: calls everybody.
    static void tell(state_type& s, const event_type& event, first_exception& thrown) {
        const auto call_one = [&](invoke_function invoke, node* n) {
            thrown.guard([&] { invoke(n, &event); });
        };
        walk_all(s, event, call_one);
    }

    /// Two-phase: commit without prepare.
    static void tell_commit(state_type& s, const event_type& event, first_exception&) {
        const phase_call call{phase::commit, &event, nullptr, nullptr};
        const auto call_one = [&](invoke_function invoke, node* n) { invoke(n, &call); };
        walk_all(s, event, call_one);
    }

    template <class Call> static void walk_all(state_type& s, const event_type& event, Call& call) {
        record& mine = ready_record(*s.home_domain);
        if constexpr (keyed<C>) {
            const auto v = visit_for<C>(s, event);
            if (v.where() != nullptr) walk(s, *v.where(), mine, call);
        } else {
            walk(s, s.channels.all, mine, call);
        }
    }

    template <class Work> struct operation final : queued_operation {
        state_type& in;
        Work work;
        operation(state_type& s, Work w) : in(s), work(std::move(w)) { in.acquire(); }
        ~operation() override { in.release(); }
        void run() override {
            first_exception thrown;
            work(thrown);
            thrown.rethrow();
        }
    };

    /// Does `now` when it is this call's turn; from inside a callback, or where waiting would close a cycle,
    /// leaves what later() makes to whoever holds the ticket.
    template <class Now, class Later> static void in_turn(state_type& s, Now now, Later later) {
        for (;;) {
            turn_scope<state_type> turn(s);
            if (turn.came() == admission::entered) {
                first_exception thrown;
                thrown.guard([&] { now(thrown); });
                turn.leave(thrown);
                thrown.rethrow();
                return;
            }
            using work = decltype(later());
            auto queued = std::unique_ptr<operation<work>>(new (std::nothrow) operation<work>(s, later()));
            if (queued == nullptr) out_of_memory();
            if (s.turn.queue(*queued)) {
                static_cast<void>(queued.release());
                return;
            }
        }
    }

    static auto keep_of_event(state_type& s) {
        return [&s](const event_type& event) { return channels_type(s, event); };
    }

    /// `keep` finds the channels whose participants are asked, once the event is there.
    template <class MakeEvent, class Keep, class Action>
    static auto run(state_type& s, MakeEvent make_event, Keep keep, Action& action,
                    const transaction_rules& rules, std::chrono::nanoseconds budget, bool changes_instances) {
        using result_type = outcome<typename C::status_type>;
        record& mine = ready_record(*s.home_domain);
        turn_scope<state_type> turn(s);
        if (turn.came() != admission::entered) return result_type(verdict::would_deadlock);
        const event_type& event = *make_event();
        const channels_type channels = keep(event);
        first_exception thrown;
        transaction<C, state_type> t(s, channels.all(), event, rules, budget);
        s.in_flight = changes_instances;
        thrown.guard([&] { t.run(mine, action); });
        s.in_flight = false;
        t.end();
        thrown.guard([&] { t.thrown().rethrow(); });
        if (s.owes_newcomers) {
            s.owes_newcomers = false;
            const bool happened = !thrown && t.result().result() == verdict::committed;
            // Looked up again: theirs may be the first registrations for the key.
            thrown.guard([&] { tell_newcomers(s, keep(event).all(), event, happened, mine, thrown); });
        }
        turn.leave(thrown);
        t.settle();
        thrown.rethrow();
        return result_type(std::move(t.result()));
    }

    /// Those who registered with replay while the change was being prepared hear of it now: if it happened, a
    /// prepare and a commit of their own; refusing that cancels the registration, not the change.
    static void tell_newcomers(state_type& s, std::span<channel* const> channels, const event_type& event,
                               bool happened, record& mine, first_exception& thrown) {
        using status_type = typename C::status_type;
        const bool pinned = with_pinned(s, channels, mine, [&](const pinned_runs& runs) {
            forward(runs, mine, [&](invoke_function invoke, node* n) {
                auto owed = standing::owed;
                if (!n->stands.compare_exchange_strong(owed, standing::idle, std::memory_order_relaxed) ||
                    !happened)
                    return true;
                status_type answer = status_traits<status_type>::agreed();
                const phase_call prepare{phase::prepare, &event, &answer, nullptr};
                const bool returned = thrown.guard([&] { invoke(n, &prepare); });
                if (!returned || !status_traits<status_type>::agrees(answer)) {
                    removal::detach(*n);
                } else if (n->state.load(std::memory_order_acquire) == node_state::live) {
                    const phase_call commit{phase::commit, &event, nullptr, nullptr};
                    invoke(n, &commit);
                } else if (rules_of<C>().withdrawn == withdrawn_participant::aborted) {
                    const abort_reason<status_type> reason{abort_cause::withdrawn, nullptr};
                    const phase_call abort{phase::abort, &event, nullptr, &reason};
                    invoke(n, &abort);
                }
                return true;
            });
        });
        if (!pinned) out_of_memory();
    }
};

} // namespace assent::inline ASSENT_ABI::detail

#endif
