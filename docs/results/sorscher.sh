# The tools are of version 0.2.0.
simulate --preset quick -n 100000 --skip 0 --seed 1 --arena square --env-size 2.2 --steps 20 --motion sorscher \
    --ego-vel step-x-y --heading path --shards 100 --compress none --tfrecord trajectories_100000

tfrecord2npy --shuffle --shuffle-buffer 256 --repeat --skip 0 --limit 0 --seed 1 --skip-corrupt=false \
    trajectories_100000 |
  targets --preset quick --env-size 2.2 --n-pc 512 --pc-scale 0.12 --n-hdc 0 --hdc-concentration 0 \
      --neurons-seed 8341 --targets-type dog --init-type softmax --surround-scale 2 --seed 1 |
  train --batch 50 --beta1 0.9 --beta2 0.999 --bottleneck-activation relu --bottleneck-bias=false --cell lstm \
      --clip 0.00001 --clip-norm 0 --clip-scope none --decay 0.9 --dropout 0.1 --epsilon 1e-8 --init-weight-disp 0 \
      --initial-ms=-1 --learning-rate 0.0003 --loss softmax --momentum 0.9 --nh-bottleneck 256 --nh-lstm 256 \
      --optimizer adam --precision single --preset quick --schedule constant --schedule-factor 0.1 \
      --schedule-period 0 --seed 1 --velocity-inputs --velocity-noise 0,0,0 --warmup 0 --weight-decay 0.00001 \
      --weight-decay-decoupled=false --weight-decay-scope none --steps 4000 --checkpoint network-4000.safetensors

simulate --preset quick -n 5000 --skip 0 --seed 1000001 --arena square --env-size 2.2 --steps 20 --motion sorscher \
    --ego-vel step-x-y --heading path |
  targets --preset quick --env-size 2.2 --n-pc 512 --pc-scale 0.12 --n-hdc 0 --hdc-concentration 0 \
      --neurons-seed 8341 --targets-type dog --init-type softmax --surround-scale 2 --seed 1 |
  activations --layers bottleneck,lstm --dropout off --decode top3 --seed 1 --batch 50 \
      --checkpoint network-4000.safetensors |
  ratemaps --bins 20 --direction-bins 20 --env-size 2.2 --halves records --layers lstm,bottleneck \
      --position-field target_pos |
  gridscore --score reference,paper --paper-inner 0.125 --unvisited zero --grid-cut own --env-size 2.2 \
      --peak-nearest 1 --peak-farthest 0.8 --peak-least 0 --peak-apart 0 --scale-low 0.2 --scale-high 1.2 \
      --baseline rectify --border-strip 0.15 --border-cut 0.5 --head-direction-cut 0.47 --null field,gaussian,iaaft \
      --shuffles 100 --rotations 100 --field-smoothing 1 --field-threshold 0.2 --field-bins 2 --gaussian-padding 1 \
      --seed 1 -o sorscher.npy
