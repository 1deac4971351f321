// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_FAILURE_RUN_HPP
#define ASSENT_DISPATCH_FAILURE_RUN_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/core/registration_options.hpp>
#include <assent/dispatch/detail/dispatcher_access.hpp>
#include <assent/dispatch/detail/failure_plan.hpp>
#include <assent/dispatch/detail/probe.hpp>
#include <assent/dispatch/dispatcher.hpp>
#include <assent/dispatch/joint_transaction.hpp>
#include <assent/dispatch/transact_options.hpp>

#include <algorithm>
#include <concepts>
#include <cstddef>
#include <exception>
#include <functional>
#include <memory>
#include <string>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace assent::inline ASSENT_ABI {

/// What a scenario registers and transacts through: one run of it, with one failure at one point.
template <two_phase... Category> class failure_run {
public:
    /// A participant under observation.
    class registered {
    public:
        registered(std::shared_ptr<detail::failure_plan> plan, std::size_t who, registration r)
            : plan_(std::move(plan)), who_(who), registration_(std::move(r)) {}
        registered(registered&&) = default;
        registered& operator=(registered&&) = delete;
        ~registered() { unregister(); }
        /// From here on it must be told nothing, its withdrawal aside where this is called inside its callback.
        void unregister() {
            const unregister_result result = registration_.unregister();
            if (result == unregister_result::empty) return;
            auto& me = plan_->log.participants[who_];
            me.left = true;
            me.unregistered = result != unregister_result::inside_callback;
        }

    private:
        std::shared_ptr<detail::failure_plan> plan_;
        std::size_t who_;
        registration registration_;
    };

    failure_run(std::size_t fails_at, failure how, const typename Category::status_type&... refusals)
        : plan_(std::make_shared<detail::failure_plan>(detail::failure_plan{fails_at, how})),
          refusals_(refusal<Category>{refusals}...) {}
    failure_run(const failure_run&) = delete;
    failure_run& operator=(const failure_run&) = delete;

    /// Registers a participant, in any of the shapes that dispatcher::on() takes. The options name it.
    template <class C, class Policy, class... Callables>
        requires(!keyed<C> && detail::registrable<C, Callables...>)
    registered on(dispatcher<C, Policy>& in, const registration_options& options, Callables&&... callables) {
        const std::size_t who = join(in, options, nullptr);
        return {
            plan_, who,
            in.on(options, probed<C>(who, detail::one_callable<C>(std::forward<Callables>(callables)...)))};
    }
    template <class C, class Policy, class... Callables>
        requires(keyed<C>&& detail::registrable<C, Callables...>)
    registered on(dispatcher<C, Policy>& in, const detail::key_type_of<C>& key,
                  const registration_options& options, Callables&&... callables) {
        const std::size_t who = join(in, options, [key](const void* other) {
            return *static_cast<const detail::key_type_of<C>*>(other) == key;
        });
        return {plan_, who,
                in.on(key, options,
                      probed<C>(who, detail::one_callable<C>(std::forward<Callables>(callables)...)))};
    }

    /// Runs a transaction and looks at what everybody was told. The failure's own exception ends here.
    /// @return  whether the change happened.
    template <class C, class Policy, change_action Action>
    bool transact(dispatcher<C, Policy>& in, const event_type_of<C>& event, Action&& action,
                  const transact_options& options = {}) {
        return watch([&](auto& observed) { return static_cast<bool>(in.transact(event, observed, options)); },
                     action, part(in, event, options.rules.value_or(rules_of<C>())));
    }
    /// The same over several dispatchers. An instance is to be given itself, not as what makes it.
    template <change_action Action, transaction_part... Part>
        requires(sizeof...(Part) > 0)
    bool transact(Action&& action, const Part&... parts) {
        return watch([&](auto& observed) { return static_cast<bool>(assent::transact(observed, parts...)); },
                     action, parts...);
    }

    /// Anything else that must hold, such as what a participant must look like after an abort.
    void require(bool holds, std::string what) {
        if (!holds) violations_.push_back(std::move(what));
    }

    failure fails() const noexcept { return plan_->how; }

    /// For explore_failures().
    using step = detail::failure_plan::step;
    const std::vector<step>& steps() const noexcept { return plan_->steps; }
    std::vector<std::string> take_violations() { return std::exchange(violations_, {}); }

private:
    template <class C> struct refusal { typename C::status_type status; };
    /// Where a participant is registered, and for which key; without keys there is no function.
    struct place {
        const void* in;
        std::function<bool(const void* key)> has_key;
    };

    template <class C, class P> detail::probe<C, std::decay_t<P>> probed(std::size_t who, P&& p) {
        return {plan_, who, std::get<refusal<C>>(refusals_).status, std::forward<P>(p)};
    }

    template <class D>
    std::size_t join(D& in, const registration_options& options, std::function<bool(const void*)> has_key) {
        places_.push_back({&detail::dispatcher_access::state_of(in), std::move(has_key)});
        return plan_->log.join(options.name.empty() ? "participant " + std::to_string(places_.size())
                                                    : std::string(options.name),
                               options.priority);
    }

    template <class Part> bool concerns(std::size_t who, const Part& asked) {
        const place& p = places_[who];
        if (p.in != &asked.in) return false;
        if constexpr (keyed<typename Part::category>) {
            const auto keys = asked.what.keys();
            const auto it =
                std::find_if(keys.begin(), keys.end(), [&](const auto& key) { return p.has_key(&key); });
            plan_->log.participants[who].key = static_cast<std::size_t>(it - keys.begin());
            return it != keys.end();
        } else {
            return true;
        }
    }

    template <class Call, class Action, class... Part>
    bool watch(Call call, Action& action, const Part&... parts) {
        detail::protocol_log& log = plan_->log;
        log.begin([&](std::size_t who) {
            std::size_t& number = log.participants[who].part = 0;
            return ((concerns(who, parts) || (++number, false)) || ...);
        });
        bool committed = false;
        plan_->thrown = false;
        const auto observed = [&] { return act(action); };
        ASSENT_TRY { committed = call(observed); }
        ASSENT_CATCH_ALL {
            // Not ours, or a thread being cancelled, which is no exception.
            if (!plan_->thrown || std::current_exception() == nullptr) ASSENT_RETHROW;
        }
        const transaction_rules rules[] = {parts.rules...};
        for (std::string& v : log.end_joint(rules, committed)) violations_.push_back(std::move(v));
        return committed;
    }

    template <class Action> bool act(Action& action) {
        plan_->log.say(detail::protocol_log::the_action, detail::told::acted);
        if (plan_->fails_here("the action", true)) {
            if (plan_->how == failure::exception) plan_->raise();
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

    std::shared_ptr<detail::failure_plan> plan_;
    std::tuple<refusal<Category>...> refusals_;
    std::vector<std::string> violations_;
    std::vector<place> places_; ///< of each participant
};

} // namespace assent::inline ASSENT_ABI

#endif
