// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_FAILURE_EXPLORER_HPP
#define ASSENT_DISPATCH_FAILURE_EXPLORER_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/registration_options.hpp>
#include <assent/dispatch/detail/protocol_log.hpp>
#include <assent/dispatch/dispatcher.hpp>
#include <assent/dispatch/participant.hpp>
#include <assent/dispatch/transact_options.hpp>

#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <system_error>
#include <utility>
#include <vector>

namespace assent::inline ASSENT_ABI {

/// What is made to go wrong at one point of a scenario.
enum class failure : unsigned char { none, refusal, exception, failed_action };

/// One run of the scenario.
struct explored_point {
    std::string what;                      ///< "nothing fails", "refusal by 'cache'", ...
    std::vector<std::string> violations{}; ///< what was wrong, in words
};

/// What explore_failures() found.
struct exploration {
    std::vector<explored_point> points;

    std::size_t violations() const {
        std::size_t sum = 0;
        for (const explored_point& p : points) sum += p.violations.size();
        return sum;
    }
    /// Nothing was wrong at any point, and there was a point to look at.
    explicit operator bool() const { return points.size() > 1 && violations() == 0; }
    /// A line for each point, and under it one for each violation.
    std::string text() const {
        std::string all;
        for (const explored_point& p : points) {
            all += p.what + (p.violations.empty() ? ": ok\n" : ":\n");
            for (const std::string& v : p.violations) all += "    " + v + "\n";
        }
        return all;
    }
};

/// A value of S that refuses, for the statuses known out of the box.
template <class S> S default_refusal() {
    if constexpr (std::same_as<S, bool>) {
        return false;
    } else if constexpr (std::signed_integral<S>) {
        return -1;
    } else {
        static_assert(std::same_as<S, std::error_code>,
                      "assent: failure explorer [refusal]: which value of the status "
                      "refuses is not known; pass one to explore_failures()");
        return std::make_error_code(std::errc::operation_canceled);
    }
}

/// What a scenario registers and transacts through: one run of it, with one failure at one point.
template <two_phase Category> class failure_run {
public:
    using event_type = event_type_of<Category>;
    using status_type = typename Category::status_type;

    /// A participant under observation.
    class registered {
    public:
        registered(std::shared_ptr<detail::protocol_log> log, std::size_t who, registration r)
            : log_(std::move(log)), who_(who), registration_(std::move(r)) {}
        registered(registered&&) = default;
        registered& operator=(registered&&) = delete;
        ~registered() { unregister(); }
        /// From here on it must be told nothing, its withdrawal aside where this is called inside its callback.
        void unregister() {
            const unregister_result result = registration_.unregister();
            if (result == unregister_result::empty) return;
            log_->participants[who_].left = true;
            log_->participants[who_].unregistered = result != unregister_result::inside_callback;
        }

    private:
        std::shared_ptr<detail::protocol_log> log_;
        std::size_t who_;
        registration registration_;
    };

    failure_run(std::size_t fails_at, failure how, const status_type& refusal)
        : log_(std::make_shared<detail::protocol_log>()), fails_at_(fails_at), how_(how), refusal_(refusal) {}
    failure_run(const failure_run&) = delete;
    failure_run& operator=(const failure_run&) = delete;

    /// Registers a participant, in any of the shapes that dispatcher::on() takes. The options name it.
    template <class Policy, class... Callables>
        requires(!keyed<Category> && detail::registrable<Category, Callables...>)
    registered on(dispatcher<Category, Policy>& in, const registration_options& options,
                  Callables&&... callables) {
        const std::size_t who = join(&in, options);
        return {log_, who,
                in.on(options, probe(*this, who,
                                     detail::one_callable<Category>(std::forward<Callables>(callables)...)))};
    }
    template <class Policy, class... Callables>
        requires(keyed<Category>&& detail::registrable<Category, Callables...>)
    registered on(dispatcher<Category, Policy>& in, const detail::key_type_of<Category>& key,
                  const registration_options& options, Callables&&... callables) {
        const std::size_t who = join(&in, options);
        keys_.resize(who);
        keys_.push_back(key);
        return {
            log_, who,
            in.on(key, options,
                  probe(*this, who, detail::one_callable<Category>(std::forward<Callables>(callables)...)))};
    }

    /// Runs a transaction and looks at what everybody was told. The failure's own exception ends here.
    /// @return  whether the change happened.
    template <class Policy, change_action Action>
    bool transact(dispatcher<Category, Policy>& in, const event_type& event, Action&& action,
                  const transact_options& options = {}) {
        log_->begin([&](std::size_t who) { return concerns(who, &in, event); });
        bool committed = false;
        thrown_ = false;
        const auto observed = [&] { return act(action); };
        ASSENT_TRY { committed = static_cast<bool>(in.transact(event, observed, options)); }
        ASSENT_CATCH_ALL {
            // Not ours, or a thread being cancelled, which is no exception.
            if (!thrown_ || std::current_exception() == nullptr) ASSENT_RETHROW;
        }
        for (std::string& v : log_->end(options.rules.value_or(rules_of<Category>()), committed))
            violations_.push_back(std::move(v));
        return committed;
    }

    /// Anything else that must hold, such as what a participant must look like after an abort.
    void require(bool holds, std::string what) {
        if (!holds) violations_.push_back(std::move(what));
    }

    failure fails() const noexcept { return how_; }

    /// For explore_failures().
    struct step {
        std::string name;
        bool is_action;
    };
    const std::vector<step>& steps() const noexcept { return steps_; }
    std::vector<std::string> take_violations() { return std::exchange(violations_, {}); }

private:
    /// The exception that is injected.
    struct injected {};

    /// Stands between the dispatcher and a participant.
    template <class Stored> class probe_of {
    public:
        probe_of(failure_run& run, std::size_t who, Stored stored)
            : run_(&run), log_(run.log_), who_(who), stored_(std::move(stored)) {}
        probe_of(probe_of&& other) = default;
        probe_of& operator=(probe_of&&) = delete;
        ~probe_of() {
            if (log_ != nullptr) log_->participants[who_].gone = true;
        }
        status_type prepare(const event_type& e) {
            log_->enter(who_);
            if (run_->fails_here(log_->participants[who_].name, false)) {
                log_->say(who_, detail::told::refused);
                if (run_->how_ == failure::exception) run_->raise();
                return run_->refusal_;
            }
            status_type answer = status_traits<status_type>::agreed();
            ASSENT_TRY { call({phase::prepare, &e, &answer, nullptr}); }
            ASSENT_CATCH_ALL {
                log_->say(who_, detail::told::refused);
                ASSENT_RETHROW;
            }
            log_->say(who_, status_traits<status_type>::agrees(answer) ? detail::told::agreed
                                                                       : detail::told::refused);
            return answer;
        }
        void commit(const event_type& e) noexcept {
            log_->enter(who_);
            log_->say(who_, detail::told::commit);
            call({phase::commit, &e, nullptr, nullptr});
        }
        void abort(const event_type& e, const abort_reason<status_type>& reason) noexcept {
            log_->enter(who_);
            log_->say(who_, reason.cause == abort_cause::withdrawn ? detail::told::abort_withdrawn
                                                                   : detail::told::abort);
            call({phase::abort, &e, nullptr, &reason});
        }

    private:
        void call(const detail::phase_call& c) { detail::participant_shape<Category>::invoke(stored_, &c); }

        failure_run* run_;
        std::shared_ptr<detail::protocol_log> log_;
        std::size_t who_;
        Stored stored_;
    };
    template <class P> static probe_of<std::decay_t<P>> probe(failure_run& run, std::size_t who, P&& p) {
        return {run, who, std::forward<P>(p)};
    }

    std::size_t join(const void* in, const registration_options& options) {
        const std::size_t number = log_->participants.size() + 1;
        places_.push_back(in);
        return log_->join(options.name.empty() ? "participant " + std::to_string(number)
                                               : std::string(options.name),
                          options.priority);
    }

    bool concerns(std::size_t who, const void* in, const event_type& event) const {
        if constexpr (keyed<Category>) {
            return places_[who] == in && keys_[who] == Category::key(event);
        } else {
            static_cast<void>(event);
            return places_[who] == in;
        }
    }

    /// The next point of the scenario: is it the one?
    bool fails_here(const std::string& name, bool is_action) {
        steps_.push_back({name, is_action});
        return how_ != failure::none && steps_.size() - 1 == fails_at_;
    }

    void raise() {
        thrown_ = true;
        ASSENT_THROW(injected());
    }

    template <class Action> bool act(Action& action) {
        log_->say(detail::protocol_log::the_action, detail::told::acted);
        if (fails_here("the action", true)) {
            if (how_ == failure::exception) raise();
            return false;
        }
        using answer_type = std::invoke_result_t<Action&>;
        if constexpr (std::is_void_v<answer_type>) {
            std::invoke(action);
            return true;
        } else {
            return status_traits<std::remove_cvref_t<answer_type>>::agrees(std::invoke(action));
        }
    }

    std::shared_ptr<detail::protocol_log> log_;
    std::size_t fails_at_;
    failure how_;
    status_type refusal_;
    bool thrown_ = false;
    std::vector<step> steps_;
    std::vector<std::string> violations_;
    std::vector<const void*> places_; ///< the dispatcher of each participant
    std::vector<detail::key_type_of<Category>> keys_;
};

/// Runs a scenario again and again, with a refusal, an exception or a failing action at every point in turn, and
/// checks at each participant what the protocol promises: asked at most once, told exactly one end, nobody
/// commits when another aborts, everything in the order of the rules, nothing after it was unregistered.
///
///   const auto found = assent::explore_failures<change>([](auto& run) {
///       assent::dispatcher<change> changes;
///       cache c;
///       const auto a = run.on(changes, {.name = "cache"}, std::ref(c));
///       const bool happened = run.transact(changes, {7}, [&] { apply(); });
///       run.require(c.locked() == false, "the cache stays locked");
///       run.require(c.value() == (happened ? 7 : 0), "the cache has the wrong value");
///   });
///   if (!found) std::puts(found.text().c_str());
///
/// The scenario must do the same each time; its transactions do not nest. A participant that is made to refuse is not asked at all.
/// @param refusal  the status it then refuses with.
/// Errors   what the scenario throws passes through.
/// Cost     two runs for each prepare and each action, and one more.
template <two_phase Category, class Scenario>
    requires std::invocable < Scenario&, failure_run<Category>
& > exploration explore_failures(Scenario&& scenario, const typename Category::status_type& refusal) {
    exploration found;
    const auto explore = [&](std::size_t at, failure how, std::string what) {
        failure_run<Category> run(at, how, refusal);
        std::invoke(scenario, run);
        found.points.push_back({std::move(what), run.take_violations()});
        return run.steps();
    };
    const auto steps = explore(0, failure::none, "nothing fails");
    for (std::size_t at = 0; at < steps.size(); ++at) {
        const std::string who = steps[at].is_action ? "the action" : "'" + steps[at].name + "'";
        if (steps[at].is_action) {
            explore(at, failure::failed_action, "the action fails");
        } else {
            explore(at, failure::refusal, "refusal by " + who);
        }
        if constexpr (config::exceptions) explore(at, failure::exception, "exception in " + who);
    }
    return found;
}
template <two_phase Category, class Scenario>
    requires std::invocable < Scenario&, failure_run<Category>
& > exploration explore_failures(Scenario&& scenario) {
    return explore_failures<Category>(std::forward<Scenario>(scenario),
                                      default_refusal<typename Category::status_type>());
}

} // namespace assent::inline ASSENT_ABI

#endif
