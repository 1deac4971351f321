// SPDX-License-Identifier: BSL-1.0
#include "scripted_day.hpp"

#include "beliefs_check.hpp"
#include "drivers.hpp"
#include "names.hpp"
#include "timeline.hpp"

#include <assent/windows/partition.hpp>
#include <assent/windows/primitives/pool_ledger.hpp>

#include <atomic>
#include <latch>
#include <string>
#include <thread>

namespace hot_add {
namespace {

using assent::windows::addition;
using assent::windows::driver;
using assent::windows::partition;

class scripted_day {
public:
    explicit scripted_day(std::ostream& out) : out_(out), log_(out) {}

    int play(bool sabotage) {
        log_.legend();
        if (!morning()) return 1;
        a_processor_is_added();
        if (!latecomer_comes()) return 1;
        a_driver_refuses();
        a_processor_does_not_start();
        a_memory_module_is_added();
        latecomer_goes_while_events_flow();
        if (sabotage) percpu_misses_an_event();
        const bool agree = compare();
        evening();
        return agree && good_ ? 0 : 1;
    }

private:
    bool morning() {
        log_.heading("Morning: 4 processors, 2 memory modules, and two drivers that are told of them");
        percpu_ = load(machine_, log_, "percpu", percpu_DriverEntry);
        adjust_ = load(machine_, log_, "adjust", adjust_DriverEntry);
        return percpu_ != nullptr && adjust_ != nullptr;
    }

    void a_processor_is_added() {
        log_.heading("A processor is added: percpu prepares for it, adjust hears of it afterwards");
        expect(NT_SUCCESS(add_processor().status), "the processor is added");
    }

    bool latecomer_comes() {
        log_.heading("latecomer is loaded, and asks for everything that exists");
        latecomer_ = load(machine_, log_, "latecomer", latecomer_DriverEntry);
        return latecomer_ != nullptr;
    }

    void a_driver_refuses() {
        log_.heading("percpu is out of memory and refuses an addition: everybody is told that it failed");
        const ULONG before = active();
        PercpuFailNextAllocations = 1;
        expect(add_processor().status == STATUS_INSUFFICIENT_RESOURCES, "the addition fails as percpu said");
        expect(active() == before, "the number of processors is unchanged");
    }

    void a_processor_does_not_start() {
        log_.heading("Everybody agrees, but the processor itself does not start");
        const ULONG before = active();
        expect(add_processor(STATUS_DEVICE_NOT_READY).status == STATUS_DEVICE_NOT_READY,
               "the addition fails as the start did");
        expect(active() == before, "the number of processors is unchanged");
    }

    void a_memory_module_is_added() {
        log_.heading("A memory module is added");
        log_.say("host", "adds a memory module");
        const ULONG index = machine_.add_memory_module();
        machine_.settle();
        log_.say("host", "memory module " + std::to_string(index) + " was added; there are " +
                             std::to_string(machine_.memory_modules()));
    }

    /// The other thread adds processors and lets an interface go and come until latecomer is gone, and once
    /// more after that: a call too many would be counted by latecomer.
    void latecomer_goes_while_events_flow() {
        log_.heading("latecomer is unloaded while another thread changes the machine");
        std::latch flowing(1);
        std::atomic<bool> gone{false};
        std::thread other([&] {
            const named_thread name("other");
            change_something();
            latecomer_knew_at_least_ = active();
            flowing.count_down();
            while (!gone.load()) change_something();
            change_something();
        });
        flowing.wait();
        expect(unload(machine_, log_, *latecomer_), "latecomer is unloaded");
        latecomer_knew_at_most_ = active();
        gone = true;
        other.join();
    }

    /// An Unload routine that forgets to unregister: the driver cannot be unloaded, and is called no more.
    void percpu_misses_an_event() {
        log_.heading("Sabotage: percpu is made to forget to unregister, and misses a processor");
        const PDRIVER_UNLOAD its_own = percpu_->object().DriverUnload;
        percpu_->object().DriverUnload = [](PDRIVER_OBJECT) {};
        expect(!unload(machine_, log_, *percpu_), "the unloading is refused");
        percpu_->object().DriverUnload = its_own;
        expect(NT_SUCCESS(add_processor().status), "the processor is added");
    }

    bool compare() {
        log_.heading("What each driver believes, and what is true");
        truth is = truth_of(machine_);
        is.refusals = 1;
        beliefs_check check(out_);
        check_percpu(check, is);
        check_adjust(check, is);
        check_latecomer_unloaded(check, latecomer_knew_at_least_, latecomer_knew_at_most_);
        check.conclude();
        return check.all_agree();
    }

    void evening() {
        log_.heading("Evening: the remaining drivers are unloaded");
        expect(unload(machine_, log_, *adjust_), "adjust is unloaded");
        expect(unload(machine_, log_, *percpu_), "percpu is unloaded");
        const std::size_t left = assent::windows::pool::outstanding();
        log_.say("host", "blocks of pool memory that the drivers left behind: " + std::to_string(left));
        expect(left == 0, "the drivers have freed everything");
    }

    /// @param start  what becomes of the processor once every driver has agreed.
    addition add_processor(NTSTATUS start = STATUS_SUCCESS) {
        log_.say("host", "is about to add a processor");
        const addition result = machine_.add_processor([&](ULONG index) {
            log_.say("host", "starts processor " + std::to_string(index) + ": " + name_of_status(start));
            return start;
        });
        if (NT_SUCCESS(result.status)) {
            log_.say("host", "added processor " + std::to_string(result.index) + "; " +
                                 counted(active(), "processor") + " running");
        } else {
            log_.say("host", "addition failed with " + name_of_status(result.status) + ", rolled back; " +
                                 counted(active(), "processor") + " running");
        }
        machine_.settle(); // so that what follows from it is printed before the next thing happens
        return result;
    }

    void change_something() {
        if (active() < most_processors) expect(NT_SUCCESS(add_processor().status), "the processor is added");
        for (const bool online : {false, true}) {
            log_.say("host", std::string("processor 3 goes ") + (online ? "online" : "offline"));
            expect(machine_.set_processor_online(3, online), "its interface changes");
            machine_.settle();
        }
    }

    ULONG active() const { return machine_.processors().active(ALL_PROCESSOR_GROUPS); }

    void expect(bool holds, const char* what) {
        if (holds) return;
        log_.say("host", std::string("WRONG: expected that ") + what);
        good_ = false;
    }

    static constexpr ULONG most_processors = 12; // one more is kept for the sabotage

    std::ostream& out_;
    timeline log_;
    partition machine_{
        {.processors = 4, .maximum_processors = most_processors + 1, .memory_modules = 2, .observer = &log_}};
    driver* percpu_ = nullptr;
    driver* adjust_ = nullptr;
    driver* latecomer_ = nullptr;
    ULONG latecomer_knew_at_least_ = 0;
    ULONG latecomer_knew_at_most_ = 0;
    std::atomic<bool> good_{true};
};

} // namespace

int play_scripted_day(std::ostream& out, bool sabotage) { return scripted_day(out).play(sabotage); }

} // namespace hot_add
