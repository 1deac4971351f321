// SPDX-License-Identifier: BSL-1.0
#ifndef ASSENT_DISPATCH_FAILURE_EXPLORER_HPP
#define ASSENT_DISPATCH_FAILURE_EXPLORER_HPP

#include <assent/config.hpp>
#include <assent/core/category.hpp>
#include <assent/dispatch/exploration.hpp>
#include <assent/dispatch/failure_run.hpp>

#include <concepts>
#include <cstddef>
#include <functional>
#include <string>
#include <utility>

namespace assent::inline ASSENT_ABI {

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
/// With several categories the transactions may have parts of each: explore_failures<processors, memory>(…) and
/// run.transact([&] { connect(); }, assent::part(cpus, {4}), assent::arrival(modules, m)).
///
/// The scenario must do the same each time; its transactions do not nest. A participant that is made to refuse is
/// not asked at all.
/// @param refusals  the status it then refuses with, for each category.
/// Errors   what the scenario throws passes through.
/// Cost     two runs for each prepare and each action, and one more.
template <two_phase... Category, class Scenario>
    requires(sizeof...(Category) > 0 && std::invocable<Scenario&, failure_run<Category...>&>)
exploration explore_failures(Scenario&& scenario, const typename Category::status_type&... refusals) {
    exploration found;
    const auto explore = [&](std::size_t at, failure how, std::string what) {
        failure_run<Category...> run(at, how, refusals...);
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
template <two_phase... Category, class Scenario>
    requires(sizeof...(Category) > 0 && std::invocable<Scenario&, failure_run<Category...>&>)
exploration explore_failures(Scenario&& scenario) {
    return explore_failures<Category...>(std::forward<Scenario>(scenario),
                                         default_refusal<typename Category::status_type>()...);
}

} // namespace assent::inline ASSENT_ABI

#endif
