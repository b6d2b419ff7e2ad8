// The package time.
package main

import (
	"fmt"
	"time"
)

func main() {
	t := time.Date(2024, time.February, 29, 13, 4, 5, 123456789, time.UTC)
	fmt.Println(t, t.Weekday(), t.YearDay(), t.Unix(), t.IsZero())
	for _, layout := range []string{time.ANSIC, time.RFC822, time.RFC850, time.RFC1123Z, time.RFC3339Nano, time.Kitchen, time.StampMicro, "2006-002 .000 PM"} {
		fmt.Println(t.Format(layout))
	}
	year, week := t.ISOWeek()
	fmt.Println(year, week, t.AddDate(1, 0, 0), t.Add(36*time.Hour).Format(time.DateTime), t.Truncate(time.Hour), t.Round(time.Minute))
	zone := time.FixedZone("EST", -5*3600)
	fmt.Println(t.In(zone), t.Equal(t.In(zone)), t.In(zone).Sub(t), t.Before(t.Add(1)))
	p, err := time.Parse(time.RFC3339, "2023-10-05T14:48:00+02:00")
	fmt.Println(p.UTC(), err)
	_, err = time.Parse(time.DateOnly, "2023-13-05")
	fmt.Println(err)
	d, err := time.ParseDuration("1h15m30.918s")
	fmt.Println(d, err, d.Round(time.Second), d.Truncate(time.Minute), d.Hours(), time.Duration(1500)*time.Microsecond)
	fmt.Printf("%v %d %#v %s\n", time.March, time.March, t, time.Saturday)
	start := time.Now()
	time.Sleep(3 * time.Millisecond)
	fmt.Println(time.Since(start) >= 3*time.Millisecond)
	select {
	case <-time.After(time.Millisecond):
		fmt.Println("after")
	case <-time.After(time.Minute):
		fmt.Println("late")
	}
	done := make(chan bool)
	time.AfterFunc(time.Millisecond, func() { done <- true })
	fmt.Println(<-done)
	tick := time.NewTicker(time.Millisecond)
	<-tick.C
	<-tick.C
	tick.Stop()
	timer := time.NewTimer(time.Hour)
	fmt.Println(timer.Stop(), timer.Stop(), timer.Reset(time.Millisecond))
	<-timer.C
}
